"""The archive: every page about editions past, from their stored records alone.

records.py    what is read of an edition.json
editions.py   the editions in the output folder
catalogue.py  their stories by thread, section, place and outlet
design.py     templates/web/ filled
paper.py      every page by its address: the one source of what is served and of static files
pages.py      what each kind of page shows
static.py     the pages as files for any web server

Served or static, a page is the same bytes. Nothing here speaks HTTP.
"""

from __future__ import annotations
