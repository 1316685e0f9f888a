"""Settings → the archive's paper, and its static files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from digest.analyse.outlets import Outlets
from digest.archive.catalogue import Day
from digest.archive.design import Design
from digest.archive.editions import Archive
from digest.archive.paper import Paper, base_of
from digest.archive.static import Built, build
from digest.compute import in_a_child
from digest.errors import ChildLost, DigestError
from digest.model import Feed, Outlet
from digest.resources import templates
from digest.settings import Settings
from digest.store import open_store
from digest.store.comments import Comments

AT_MOST = timedelta(minutes=10)
"""For bringing up the static files beside other work."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the settings say of outlets."""

    outlet_of: Callable[[str], Outlet | None]
    """By name."""
    feeds_of: Callable[[str], Sequence[str]]
    """The addresses of the outlet's feeds, by its name."""


def known(feeds: Sequence[Feed]) -> Known:
    """What `feeds` say of the outlets whose feeds they are."""
    outlets = Outlets.of(feeds)
    by_name: dict[str, list[str]] = {}
    for feed in feeds:
        outlet = outlets.of_name(feed.name)
        by_name.setdefault(outlet.name if outlet else feed.name, []).append(feed.url)
    return Known(outlets.of_name, lambda name: by_name.get(name, ()))


def site_refreshed(settings: Settings) -> list[str]:
    """What became of the static files after a new edition, where a folder is set for them.

    The edition is made and stored by now: what goes wrong here is told, and is no failure of it.
    """
    folder = settings.schedule.site_dir
    if not folder:
        return []
    try:
        built = refresh(settings, Path(folder))
    except (DigestError, OSError) as error:
        return [f"static files not brought up to it: {error}"]
    return [f"{built.written} static files written"]


def site_refreshed_apart(settings: Settings) -> list[str]:
    """The same in a process of its own, for who goes on serving: after comments were printed, or
    taken back."""
    if not settings.schedule.site_dir:
        return []
    try:
        return in_a_child(AT_MOST, site_refreshed, settings)
    except ChildLost as lost:
        return [f"static files not brought up to it: {lost}"]


def refresh(settings: Settings, folder: Path) -> Built:
    """Bring the static files in `folder` up to the editions in the output folder.

    They are made for `edition.site_url`; without one, no page names its own address, and there are
    no feeds and no sitemap.
    """
    base, root = base_of(settings.editorial.site_url)
    about = known(settings.feeds)
    design = Design(settings.editorial, templates(), root=root, addressed=bool(base))
    with comments_of(settings) as said:

        def paper(known: Sequence[Day]) -> Paper:
            archive = Archive(settings.out, known)
            return Paper(archive, design, about.outlet_of, about.feeds_of, said)

        return build(paper, folder, base)


@contextmanager
def comments_of(settings: Settings) -> Iterator[Comments | None]:
    """The comments that stories' pages print; None where the list takes none."""
    if not settings.editorial.comments:
        yield None
        return
    with open_store(str(settings.db), settings.editorial.list) as store:
        yield Comments(store)
