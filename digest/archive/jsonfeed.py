"""JSON Feed 1.1 (jsonfeed.org/version/1.1) of editions or of stories."""

from __future__ import annotations

import json
from collections.abc import Sequence

from digest.archive.pages import Shown
from digest.model import Editorial


def json_feed(
    site: Editorial, entries: Sequence[Shown], base: str, path: str, label: str, home: str
) -> bytes:
    """The feed at `base` + `path`; `label` names the section it tells of, "" for all.

    `entries`: with path, id, headline, dek, updated, language and the stories under them.
    """
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{site.title}: {label}" if label else site.title,
        "description": site.tagline,
        "language": site.language,
        "home_page_url": f"{base}{home}",
        "feed_url": f"{base}{path}",
        "items": [
            {
                "id": f"{base}{entry['id']}",
                "url": f"{base}{entry['path']}",
                "title": entry["headline"] or site.title,
                "date_published": entry["updated"],
                "language": entry["language"],
                "content_text": _stories(entry) or entry["dek"] or entry["headline"],
            }
            for entry in entries
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _stories(entry: Shown) -> str:
    return "\n".join(f"{n}. {story['headline']}" for n, story in enumerate(entry["stories"], 1))
