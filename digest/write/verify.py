"""Tracing an edition, offline: every sentence, quote and figure to the span it came from.

Works on the edition's record (edition.json) and the items it was made of, and trusts neither:
whatever does not follow from the items is a problem, named by story and place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from digest.model import Edit, Item
from digest.write import attribution, edits, figures, quantities, rewording, tokens
from digest.write.calendar import DAYS, MONTHS
from digest.write.cite import part_of, sha256
from digest.write.languages import FALLBACK, all_languages
from digest.write.style import unmarked, unstopped


def problems(record: Mapping[str, Any], items: Sequence[Item]) -> list[str]:
    """What in the edition cannot be traced to `items`; empty when everything can.

    Never raises on a damaged record: a part that is missing or of the wrong kind is a problem too.
    """
    by_id = {i.id: i for i in items}
    found: list[str] = []
    stories = record.get("stories")
    if not isinstance(stories, list):
        return ["edition: no list of stories"]
    language = str(record.get("language", FALLBACK))
    for place, story in enumerate(stories, 1):
        name = f"story {place}"
        try:
            found += [f"{name}: {p}" for p in _story(story, by_id, language)]
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            found.append(f"{name}: damaged record ({type(error).__name__}: {error})")
    return found


def _story(story: Mapping[str, Any], items: Mapping[str, Item], language: str) -> Iterator[str]:
    missing = [i for i in story["items"] if i not in items]
    if missing:
        yield f"item {missing[0]} is not in the bundle"
    own = set(story["items"])
    names = _outlet_names(story)
    roles: dict[str, list[Mapping[str, Any]]] = {}
    for place, sentence in enumerate(story["sentences"], 1):
        roles.setdefault(sentence["role"], []).append(sentence)
        where = f"{sentence['role']} sentence {place}"
        for p in _sentence(sentence, items, own, names, language):
            yield f"{where}: {p}"
    by_hand = (story.get("editor") or {}).get("headline")
    for role in ("headline", "dek"):
        printed = [s["text"] for s in roles.get(role, [])]
        stated = [story[role]] if story.get(role) is not None else []
        if role == "headline" and by_hand:
            printed = [by_hand]
        if printed != stated:
            yield f"{role}: differs from its sentence"
    if not story.get("headline"):
        yield "headline: missing"
    for sentence in (*roles.get("headline", []), *roles.get("dek", [])):
        for p in _grounded(sentence, items, names):
            yield f"{sentence['role']}: {p}"
    for place, quote in enumerate(story.get("quotes", []), 1):
        for p in _quote(quote, items, own):
            yield f"quote {place}: {p}"
    for figure in story.get("figures", []):
        for value in figure["values"]:
            for p in _figure(figure["label"], value, items, own):
                yield f"figure {figure['label']}, {value['outlet']}: {p}"
    for place, change in enumerate(story.get("changes", []), 1):
        for citation in change.get("citations", []):
            for p in _citation(citation, items, own):
                yield f"change {place}: {p}"


def _outlet_names(story: Mapping[str, Any]) -> frozenset[str]:
    """Every name that an attribution may print: the cited outlets and the story's origins."""
    cited = {c["outlet"] for s in story["sentences"] for c in s["citations"]}
    origins = (*story.get("origins", []), *story.get("development_origins", []))
    return frozenset(cited | {origin["name"] for origin in origins})


# --- spans ------------------------------------------------------------------------------------


def _span(citation: Mapping[str, Any], items: Mapping[str, Item]) -> str | None:
    item = items.get(citation["item"])
    if item is None or citation["part"] not in ("text", "title"):
        return None
    start, end = citation["start"], citation["end"]
    text = part_of(item, citation["part"])
    if not (type(start) is int and type(end) is int and 0 <= start < end <= len(text)):
        return None
    return text[start:end]


def _citation(
    citation: Mapping[str, Any], items: Mapping[str, Item], own: set[str]
) -> Iterator[str]:
    item = items.get(citation["item"])
    if item is None:
        yield f"cites item {citation['item']}, which is not in the bundle"
        return
    if citation["item"] not in own:
        yield f"cites item {citation['item']}, which is not of this story"
    span = _span(citation, items)
    if span is None:
        yield f"span {citation['part']}[{citation['start']}:{citation['end']}] does not exist"
        return
    if sha256(span) != citation["sha256"]:
        yield f"the text of {citation['item']} at {citation['start']} does not match its hash"
    if citation["url"] != item.url:
        yield f"address {citation['url']} is not that of item {item.id}"
    if not citation["outlet"]:
        yield "names no outlet"


def _sentence(
    sentence: Mapping[str, Any],
    items: Mapping[str, Item],
    own: set[str],
    names: frozenset[str],
    language: str,
) -> Iterator[str]:
    citations = sentence["citations"]
    if not citations:
        yield "cites nothing"
        return
    for citation in citations:
        yield from _citation(citation, items, own)
    span = _span(citations[0], items)
    if span is None:
        return
    made = [Edit(e["kind"], e["start"], e["end"], e["was"]) for e in sentence["edits"]]
    text = sentence["text"]
    at = 0
    for edit in made:
        if not at <= edit.start <= edit.end <= len(text):
            yield f"edit {edit.kind} at {edit.start} is out of order or outside the sentence"
            return
        at = edit.end
    if edits.undo(text, made) != span:
        yield "with its edits undone it is not the cited span"
        return
    item = items[citations[0]["item"]]
    spans = [(s, items[c["item"]].lang) for c in citations if (s := _span(c, items)) is not None]
    for edit in made:
        if edit.kind == "range":
            p = _range(edit, text, spans)
        else:
            p = _edit(edit, text, item, names, language)
        if p:
            yield p


def _edit(edit: Edit, text: str, item: Item, names: frozenset[str], language: str) -> str:
    """Why the edit is not one of those allowed; "" when it is."""
    new = text[edit.start : edit.end]
    match edit.kind:
        case "trim":
            return "" if not new else f"a trim put in {new!r}"
        case "case":
            return "" if new.casefold() == edit.was.casefold() else f"a case edit put in {new!r}"
        case "punctuation":
            plain = not any(c.isalnum() for c in new + edit.was)
            return "" if plain else f"a punctuation edit changed {edit.was!r} to {new!r}"
        case "attribution":
            return _attribution(edit, new, names, language)
        case "date":
            return _date(edit, new, item)
        case "wording":
            refusal = rewording.fault(edit.was, new)
            return f"the wording {new!r} is not its source's ({refusal})" if refusal else ""
        case "name":
            longer = new.endswith(f" {edit.was}")
            known = new in item.text and (longer or edit.was in ("He", "She"))
            return "" if known else f"the name {new!r} is not in the report"
    return f"unknown edit {edit.kind!r}"


def _attribution(edit: Edit, new: str, names: frozenset[str], language: str) -> str:
    named = ""
    # Up to November 2026 editions in all languages had the English words.
    for said in (attribution.phrases(language), attribution.phrases(FALLBACK)):
        printable = {said.called(name) for name in names} | names  # a bracket has no article
        for pattern in said.patterns():
            match = pattern.fullmatch(new)
            # The marks that closed the sentence may have the house's form.
            if not match or unmarked(edit.was) not in ("", unmarked(f".{match['close']}")):
                continue
            named = match["name"]
            if {named, f"{named}."} & printable:
                return ""
    if named:
        return f"the attribution names {named!r}, which is no cited outlet or origin"
    return f"the attribution {new!r} is not of the allowed form"


def _range(edit: Edit, text: str, spans: Sequence[tuple[str, str]]) -> str:
    """A range stands for a count of one label, and both its ends are counts of it in the spans."""
    new = text[edit.start : edit.end]
    match = re.fullmatch(r"([\d.,]+|[a-z]+) to (?:at least )?([\d.,]+|[a-z]+)", new)
    match = match or re.fullmatch(r"(\d+)–(\d+)", new)
    read = [quantities.parse(end, "en") for end in match.groups()] if match else []
    low, high = (end.low if end and not end.vague else None for end in read or (None, None))
    if low is None or high is None:
        return f"the range {new!r} is not of the allowed form"
    found = [f for span, lang in spans for f in figures.extract(span, lang or "en")]
    labels = {f.label for f in found if f.printed == edit.was}
    ends: dict[str, set[float]] = {}
    for f in found:
        ends.setdefault(f.label, set()).update(
            b for b in (f.quantity.low, f.quantity.high) if b is not None
        )
    if low < high and any({low, high} <= ends[label] for label in labels):
        return ""
    return f"the range {new!r} is not that of the cited counts"


def _date(edit: Edit, new: str, item: Item) -> str:
    match = re.fullmatch(rf"({'|'.join(DAYS)}) (\d{{1,2}}) ({'|'.join(MONTHS)})", new)
    if not match or edit.was != match[1]:
        return f"the date {new!r} is not of the allowed form"
    back = (item.when.weekday() - DAYS.index(match[1])) % 7
    day = item.when - timedelta(days=back)
    if (day.day, MONTHS[day.month - 1]) != (int(match[2]), match[3]):
        return f"{new} is not the {match[1]} before the report of {item.when:%Y-%m-%d}"
    return ""


# --- grounding --------------------------------------------------------------------------------


def masked(text: str, names: frozenset[str]) -> str:
    """`text` without outlet names: "France 24" grounds no number, "Iran International" no Iran."""
    every = {n for name in names for n in attribution.names_of(name)} | _KNOWN_OUTLETS
    for name in sorted(every, key=lambda n: (-len(n), n)):
        if name in text:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text)
    return text


_KNOWN_OUTLETS = frozenset(
    {"France 24", "Iran International", "Channel 4 News", "Channel 12", "Channel 13", "Kan 11",
     "Russia Today", "China Daily", "Times of Israel", "Times of India", "Jerusalem Post",
     "Kyiv Independent", "Ukrainska Pravda", "Washington Post", "New York Times", "Moscow Times",
     "TV5 Monde", "Africanews", "South China Morning Post", "Korea Herald", "Japan Times",
     "Bangkok Post", "Hong Kong Free Press", "USA Today", "Voice of America", "Boston Globe"}
)  # fmt: skip
_COMMON_CAPITALS = frozenset(name.casefold() for name in (*DAYS, *MONTHS))


def _grounded(
    sentence: Mapping[str, Any], items: Mapping[str, Item], names: frozenset[str]
) -> Iterator[str]:
    spans = [s for c in sentence["citations"] if (s := _span(c, items)) is not None]
    source = " ".join(masked(s, names) for s in spans)
    own_dates = [
        sentence["text"][e["start"] : e["end"]]
        for e in sentence["edits"]
        if e["kind"] in ("date", "name")
    ]
    printed = sentence["text"]
    for date in own_dates:  # checked as edits
        printed = printed.replace(date, " ", 1)
    printed = masked(printed, names)
    have_numbers = set(tokens.number_tokens(source))
    for number in tokens.number_tokens(printed):
        if number not in have_numbers:
            yield f"the number {number} is in no cited span"
    # House style has "UN" for "U.N.", within "U.N.-led" too, and other marks.
    have_words = {word.replace(".", "") for word in tokens.words(unstopped(unmarked(source)))}
    for name in tokens.name_tokens(unstopped(unmarked(printed))):
        if name.replace(".", "") not in have_words and name not in _COMMON_CAPITALS:
            yield f"the name {name!r} is in no cited span"


# --- quotes and figures -------------------------------------------------------------------------

_MARKS = '“”"«»„'


def _quote(quote: Mapping[str, Any], items: Mapping[str, Item], own: set[str]) -> Iterator[str]:
    for citation in (quote["citation"], *quote.get("variants", [])):
        yield from _citation(citation, items, own)
        span = _span(citation, items)
        if span is None:
            continue
        text = part_of(items[citation["item"]], citation["part"])
        start, end = citation["start"], citation["end"]
        if start == 0 or text[start - 1] not in _MARKS or text[end : end + 1] not in [*_MARKS]:
            yield f"the words at {start} do not stand between quotation marks"
    if _span(quote["citation"], items) != quote["text"]:
        yield "is not verbatim"
    item = items.get(quote["citation"]["item"])
    if item and quote["speaker"] and quote["speaker"] not in item.text:
        yield f"its speaker {quote['speaker']!r} is not named in the report"


def _figure(
    label: str, value: Mapping[str, Any], items: Mapping[str, Item], own: set[str]
) -> Iterator[str]:
    citation = value["citation"]
    yield from _citation(citation, items, own)
    span = _span(citation, items)
    if span is None:
        return
    item = items[citation["item"]]
    if value["printed"] not in span:
        yield f"{value['printed']!r} is not in the cited span"
        return
    low, high = value["low"], value["high"]
    if citation["outlet"] != value["outlet"]:
        yield "is another outlet's"
    readings = (
        f
        for language in dict.fromkeys((item.lang or "en", "en", *all_languages()))
        for f in figures.extract(span, language)
    )
    if not any(
        # Editions of older versions name no currency.
        label in (f.label, f.label.partition(",")[0])
        and f.printed == value["printed"]
        and (f.quantity.low, f.quantity.high) == (low, high)
        for f in readings
    ):
        yield f"{value['printed']!r} does not read as {label} {low} to {high}"
