"""The readers' desk: composition root of subscribing, as the mailroom is of sending.

settings.py    what the environment says of it
stationery.py  a service letter's words, from templates/service/
postman.py     service letters out, tried again while the relay is away
incoming.py    letters in: to the readers' service, to the comments, or to the returns
told.py        which story a comment is about
open.py        all of it together
"""

from __future__ import annotations

from digest.desk.open import Desk, open_desk
from digest.desk.settings import DeskSettings, load_desk_settings

__all__ = ["Desk", "DeskSettings", "load_desk_settings", "open_desk"]
