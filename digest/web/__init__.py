"""The pages: the archive of editions, and subscribing. The only home of Starlette.

archive.py      the editions on disk
look.py         templates/web/ filled
pages.py        the archive's pages, feeds, robots, sitemap, health
forms.py        what a browser sends, read with caps; the form's signed time; where it came from
subscribing.py  sign-up, confirmation, preferences, leaving
guard.py        around all of it: headers, caps on size and time, the log
app.py          put together; a server for it
"""

from __future__ import annotations
