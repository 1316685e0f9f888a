"""The pages over HTTP: the archive of editions, searching it, and subscribing. The only home of
Starlette.

look.py         templates/web/ filled, as answers
pages.py        the archive's pages, as digest/archive/ makes them: caching, what is missing or gone
searching.py    the search page
health.py       for machines that watch
forms.py        what a browser sends, read with caps; the form's signed time; where it came from
subscribing.py  sign-up, confirmation, preferences, leaving
guard.py        around all of it: headers, caps on size and time, the log
app.py          put together; a server for it
"""

from __future__ import annotations
