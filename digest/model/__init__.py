"""The core types, frozen, in the order a report meets them.

    Feed → Fetched (entries | not modified | error) → Item → Report → Story → Brief
         → Edition → Rendered

Times are aware and in UTC. Text is plain Unicode without markup: `analyse.clean` makes it so
before anything is stored, and every renderer escapes it for its own output. Character offsets
count Python code points.
"""

from __future__ import annotations

from digest.model.analysed import (
    Analysis,
    EarlierStory,
    LeftOut,
    Origin,
    Report,
    Story,
    news_of,
)
from digest.model.gathered import Dropped, Entry, FeedState, Fetched, Item, Outcome, Window
from digest.model.operator import (
    Breaking,
    Category,
    Editorial,
    Feed,
    FeedFormat,
    FetchLimits,
    JsonPaths,
    Kind,
    Outlet,
    Photos,
    RankWeights,
    Section,
    SectionSetting,
    Theme,
    Workplace,
)
from digest.model.published import (
    LOGO,
    MAP,
    PHOTO,
    Cut,
    DayVolume,
    Edition,
    EditionStatus,
    Edits,
    FeedHealth,
    Photo,
    RecentEdition,
    Rendered,
    Wording,
)
from digest.model.written import (
    Brief,
    Change,
    Citation,
    Correction,
    Edit,
    Figure,
    FigureValue,
    Quote,
    Sentence,
)

__all__ = [
    "LOGO",
    "MAP",
    "PHOTO",
    "Analysis",
    "Breaking",
    "Brief",
    "Category",
    "Change",
    "Citation",
    "Correction",
    "Cut",
    "DayVolume",
    "Dropped",
    "EarlierStory",
    "Edit",
    "Edition",
    "EditionStatus",
    "Editorial",
    "Edits",
    "Entry",
    "Feed",
    "FeedFormat",
    "FeedHealth",
    "FeedState",
    "FetchLimits",
    "Fetched",
    "Figure",
    "FigureValue",
    "Item",
    "JsonPaths",
    "Kind",
    "LeftOut",
    "Origin",
    "Outcome",
    "Outlet",
    "Photo",
    "Photos",
    "Quote",
    "RankWeights",
    "RecentEdition",
    "Rendered",
    "Report",
    "Section",
    "SectionSetting",
    "Sentence",
    "Story",
    "Theme",
    "Window",
    "Wording",
    "Workplace",
    "news_of",
]
