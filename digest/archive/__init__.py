"""The archive: every page about editions past, from their stored records alone.

records.py    what is read of an edition.json
catalogue.py  an edition in a line, and what stands in it by thread, section, place and outlet
editions.py   the editions in the output folder
design.py     templates/web/ filled
page.py       a page that can be made
pages.py      what each kind of page shows
stock.py      what pages are made from
lists.py      pages that list stories: of a section, a place, an outlet
feeds.py      Atom and JSON Feed (jsonfeed.py)
paper.py      every page by its address: the one source of what is served and of static files
static.py     the pages as files for any web server
open.py       settings → the paper, and its files

Served or static, a page is the same bytes. Nothing here speaks HTTP.
"""

from __future__ import annotations
