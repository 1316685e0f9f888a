"""Sentences that hang in the air, and the two repairs that are sure: a name, a date."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from digest.write.calendar import DAYS, MONTHS
from digest.write.edits import Change
from digest.write.style import marked

_OPENERS = re.compile(
    r"^[“\"'‘]?(?:He|She|They|It|His|Her|Hers|Their|Theirs|Its|Him|Them|This|That|"
    r"These|Those|We|Our|"
    r"I|My|You|Your|But|And|Or|So|Yet|Nor|Also|However|Meanwhile|Still|Then|Instead|Moreover|"
    r"Nevertheless|Nonetheless|Furthermore|Additionally|Therefore|Thus|Hence|Otherwise|Similarly|"
    r"Likewise|Besides|Indeed|Rather|Such|Others?|Another|Both|Neither|Either|Some|Most|Many|One|"
    r"Here|Plus|Because|Which|Who|Why|How|What|Though|Perhaps|Maybe|Again|Earlier|"
    r"Later|Afterwards?|Elsewhere|Similar|Imagine|Consider|There(?=,)|Well(?=,)|"
    r"Not only|Next|Yes|Now)\b(?!\s+of\s+(?:the|those|its|his|her)\s+[A-Z])"
)
_PHRASES = re.compile(
    r"^(?:In addition|In response|In contrast|In turn|In fact|In other words|As a result|As such|"
    r"As well|At the same time|At that time|At the time|At least not|By contrast|By "
    r"comparison|For example|For instance|"
    r"For (?:his|her|their|its|that|this)|On the other hand|On the one hand|On top of "
    r"that|Of course|"
    r"That said|To be sure|By all accounts|Case in point|More recently|Back (?:at|in)|"
    r"After that|Since then|Until then|By then|Even so|Even then|"
    r"(?:All|Each|None|Some|Many|Most) of (?:them|those|these)|Among (?:them|those|"
    r"these)|Two of them|The (?:two|three|four|pair|"
    r"same|other|others|"
    r"rest|first|second|third|trio|duo|men|women|man|woman|suspects?|victims?|boy|girl|teenager|"
    r"company|firm|carmaker|car-maker|organi[sz]ation|agency|ministry|department|group|lawmaker|"
    r"senator|congressman|congresswoman|official|officials|politician|minister|leader|author|actor|"
    r"(?:president|prime minister|premier|chancellor|king|pope|governor|mayor)(?! of [A-Z])|"
    r"actress|singer|comedian|star|couple|billionaire|move|moves|decision|announcement|news|"
    r"statement|comments?|remarks?|report|proposal|plan|bill|measure|order|ruling|letter|post|"
    r"video|footage|figures?|number|results?|finding|case|charges?|complaint|lawsuit|"
    r"court|judge|paper|study|newspaper|outlet|broadcaster|"
    r"[0-9]{1,2}-year-old))\b"
)
_THE_THING_COMES = re.compile(
    r"^The [a-z-]+(?: [a-z-]+)? (?:comes?|came|follows?|followed)\b"
    r"(?! (?:from|to|into|under|with|up|down|out|back|off|on|home|forward)\b)"
)
"""What comes "as", "after" or "amid" something was told before: "The probe comes as …"."""
_AFTER_OPENING = re.compile(
    r"^(?:On|In|At|After|Before|During|For|From|Last|By|Since|Later|Earlier|Speaking|"
    r"Asked|When|While|As|If)\b[^,]{0,60}, "
    r"(?:he|she|they|it|this|that|his|her|their)\b"
)
_BY_THIS = re.compile(
    r"^(?:After|Amid|At|Because of|By|Despite|During|Following|For|From|Given|In|Of|On|Through|To|"
    r"Under|With) (?:this|these|such)\b"
    r"(?! (?:year|month|week|weekend|summer|autumn|winter|spring)\b)"
)
_POINTS_BACK = re.compile(
    r", however,|\b(?:as mentioned|mentioned above|see above|seen here|the above|said so|did so|"
    r"do so too|as well as that|"
    r"the (?:latter|former)(?! (?!(?:said|says|is|are|was|were|has|had|will|would|to|of|in)\b)\w)|"
    r"those words|that day|that same|the same day|at that point)\b",
    re.IGNORECASE,
)
# Of the other languages that editions are written in, only what no language but its own begins
# with: Italian's "Il" and Dutch's "Er" are no pronouns.
_SAYS_DE = r"(?:sagte|sei|seien|habe|haben|hat|hatte|hatten|soll|sollen|wurde|wurden|werde|will)"
_IS_FR = r"(?:a|ont|est|sont|doit|doivent|avait|avaient|était|étaient|sera|seront|aurait|devrait)"
_OPENERS_ELSEWHERE = re.compile(
    r"^[„«\"]?\s?(?:"
    # German
    rf"(?:Er|Sie) {_SAYS_DE}\b|Dies(?:e[mnrs]?)?\b|(?:Zudem|Außerdem|Allerdings|Daraufhin|"
    r"Dabei|Damit|Danach|Dort|Jedoch)\b|"
    r"Das (?:sagte|teilte|erklärte|berichtete|gab|bestätigte|kündigte)\b|"
    # French
    rf"(?:Il|Elle|Ils|Elles) {_IS_FR}\b|C[’']est\b|(?:Cela|Celui-ci|Celle-ci|Ceux-ci|Ce dernier|"
    r"Cette dernière|Ces derni[eè]re?s|En outre|De plus|Par ailleurs|Toutefois|Cependant|Mais|"
    r"Selon (?:lui|elle|eux|elles))\b|"
    # Spanish
    r"(?:Así lo|Esto|Ello|Además|Sin embargo|Pero|Por su parte|También|Este último|Esta última|"
    r"Según (?:él|ella|ellos|ellas))\b|"
    # Arabic
    r"(?:وهو|وهي|وهم|وذلك|كما|لكن|ولكن|غير أن|"
    r"و(?:أعلن|أكد|قال)(?:ت)? ذلك|وأضاف(?:ت)?|وتابع(?:ت)?)(?!\w)"
    r")"
)
_HANGING_DAY_ELSEWHERE = re.compile(
    r"\b(?:[Hh]eute|[Gg]estern|[Vv]orgestern|[Aa]ujourd[’']hui|[Aa]vant-hier|"
    r"[Hh]ier (?:soir|matin)|[Hh]oy|[Aa]yer|[Aa]noche)\b"
)
_HANGING_DAY = re.compile(
    r"\b(?:today|yesterday|tomorrow|tonight|this (?:morning|afternoon|evening|weekend)|"
    r"last night|earlier in the day|the (?:next|following|previous) day)\b",
    re.IGNORECASE,
)
_THIS_WEEK = re.compile(r"\bthis (?:week|month|year)\b", re.IGNORECASE)
_SATURDAY = 5
_TURNS = re.compile(r"(?:But|Yet|However|Now)\b|That (?:did|does|had|has|is|may|was)\b")

_ADDRESSES = re.compile(
    r"(?<![\w’'-])(?:we|our|us|my|you|your|(?:told|asked|gave|to|for|with|from) me)(?![\w-])|"
    r"(?:^|[,;:—–]\s?|(?<!\w)[a-z][\w’'-]*\s|\b(?:As|When|While|If|Before|After|Since|What|Where|How)\s)"
    r"I(?:[’'](?:m|ve|d|ll))? [a-z]"
)
"""A writer's own voice, or a turn to the reader, where nobody is quoted: "World War I" is none."""
_SAID = re.compile(r"“[^“”]*”")

_SPOKEN_BY_PRONOUN = re.compile(
    r"(?:[”\"»]|''),?\s(?:he|she|they|it) (?:said|says|told|added|adds|wrote|writes|tweeted|posted|"
    r"continued|explained|warned|insisted|argued|declared|asked)\b"
)


def hangs(sentence: str) -> bool:
    """Whether the sentence needs another one before it to be understood."""
    return bool(
        _OPENERS.match(sentence)
        or _OPENERS_ELSEWHERE.match(sentence)
        or _PHRASES.match(sentence)
        or _THE_THING_COMES.match(sentence)
        or _AFTER_OPENING.match(sentence)
        or _BY_THIS.match(sentence)
        or _addresses(sentence)
        or _POINTS_BACK.search(sentence)
        or _SPOKEN_BY_PRONOUN.search(sentence)
    )


def _addresses(sentence: str) -> bool:
    """Whether the writer says "we" or "you" outside quotation marks."""
    return bool(
        _ADDRESSES.search(sentence) and _ADDRESSES.search(_SAID.sub("“”", marked(sentence)))
    )


def leans(sentence: str) -> bool:
    """Whether the sentence hangs only by what it opens with: "The suspect …", "The release comes
    …". Under a title that names it, it stands."""
    return bool(
        sentence.startswith("The ")
        and hangs(sentence)
        and not (_POINTS_BACK.search(sentence) or _SPOKEN_BY_PRONOUN.search(sentence))
    )


def turns(sentence: str) -> bool:
    """Whether it turns against the sentence before it, which only set it up."""
    return bool(_TURNS.match(sentence))


def hanging_day(sentence: str, written: datetime | None) -> bool:
    """Whether a day is named relative to the day of writing, which a later reader cannot know.

    "This week" is the edition's own, too, where it was `written` in the middle of one.
    """
    if _HANGING_DAY.search(sentence) or _HANGING_DAY_ELSEWHERE.search(sentence):
        return True
    known = written is not None and written.weekday() < _SATURDAY
    return not known and bool(_THIS_WEEK.search(sentence))


# --- A weekday becomes a date ---------------------------------------------------------------

_WEEKDAY = re.compile(
    r"(?<![-\w])(?P<before>\w+ )?(?P<day>" + "|".join(DAYS) + r")\b(?P<after>\s?[’']\s?s\b|,? \w+)?"
)
_NOT_LAST = re.compile(
    r"\b(?:next|last|every|each|another|any|black|good|easter|palm|ash|super|holy|"
    r"cyber|bloody|a|of|most|"
    r"this|coming|following|previous)\s$",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"\b(?:will|would|shall|is to|are to|was to|were to|to be|plans?|planned|planning|expected|"
    r"scheduled|due|set|intends?|upcoming|ahead of|may|might|could|can|if|"
    r"deadline|next|vote on|gears? up|prepar\w+)\b|"
    # Of a time only right before it: not "by targeting leaders on Tuesday".
    r"\b(?:by|until|before|from|starting|beginning)(?: (?:at least|on|as|late|early|the))*\s*$",
    re.IGNORECASE,
)
_WILL = re.compile(
    r"\b(?:will|would|shall|may|might|could|can|"
    r"(?:is|are|was|were) (?:to|due|set|expected|scheduled))\b"
)
_BREAK = re.compile(r"[,;:–—]|\b(?:that|which|who|when|while|as|after|and|but)\b")
_ONE_OF_SEVERAL = re.compile(
    rf"(?:\b(?:{'|'.join(DAYS)}) (?:and|or|to|through|-) |\bas (?:early|soon|late) as )$"
)
_PART_OF_DAY = re.compile(r"(?:morning|afternoon|evening|night|noon|midday|midnight)\b")
# A weekday six days back may be today's in a zone ahead of UTC; five are beyond doubt.
SURE_DAYS = 5


def dated_weekday(
    sentence: str, when: datetime, *, done: frozenset[str] = frozenset()
) -> Change | None:
    """The change that adds the date to the first weekday: "Tuesday" → "Tuesday 9 September".

    None where there is no weekday, a date stands beside it, the sentence looks ahead, the weekday
    is in `done` (already dated in this brief), or the day is not sure. `when` is the report's time.
    """
    for match in _WEEKDAY.finditer(sentence):
        day = match["day"]
        before, after = match["before"] or "", match["after"] or ""
        if day in done or _NOT_LAST.search(before) or after.lstrip().startswith(("’", "'")):
            continue
        tail = after.lstrip(", ")
        if tail[:3] in {m[:3] for m in MONTHS} or tail[:1].isdigit():
            return None  # already dated
        if sentence[match.end("day") : match.end("day") + 1] == "-":
            continue
        if _PART_OF_DAY.match(tail) or (match.start("day") == 0 and not after.startswith(",")):
            return None  # "Wednesday night" and "Thursday departure" take no date in their midst
        if _looks_ahead(sentence, match.start("day"), match.end("day")):
            return None
        back = (when.weekday() - DAYS.index(day)) % 7
        if back > SURE_DAYS:
            return None
        date = when - timedelta(days=back)
        printed = f"{day} {date.day} {MONTHS[date.month - 1]}"
        return Change("date", match.start("day"), match.end("day"), printed)
    return None


def awaits(sentence: str, day: datetime) -> bool:
    """Whether the sentence looks ahead to the weekday of that day: "will lead Monday's summit"."""
    return any(
        match["day"] == DAYS[day.weekday()]
        and _looks_ahead(sentence, match.start("day"), match.end("day"))
        for match in _WEEKDAY.finditer(sentence)
    )


def _looks_ahead(sentence: str, start: int, end: int) -> bool:
    """Whether the weekday that stands there is one to come: by the words before it in its own
    clause, or, where it opens the clause, by the verb after it."""
    before = sentence[:start]
    if _ONE_OF_SEVERAL.search(before):
        return True
    clause = _BREAK.split(before)[-1]
    if _AHEAD.search(clause):
        return True
    rest = _BREAK.split(sentence[end:].lstrip(", "))[0]
    return len(clause.split()) <= 1 and _WILL.search(rest) is not None


# --- A pronoun becomes a name ---------------------------------------------------------------

_PRONOUN = re.compile(
    r"^(?:He|She)(?= (?:said|says|told|added|also said|has|had|was|is|did|made|called|"
    r"urged|warned)\b)"
)
_SUBJECT = re.compile(
    r"^(?P<name>(?:(?:President|Prime Minister|Foreign Minister|Defen[cs]e Minister|"
    r"Secretary of State|"
    r"Secretary-General|Gov\.|Sen\.|Gen\.|Chancellor|King|Queen|Pope) )?"
    r"[A-ZÀ-Þ][\w’'\-]+(?: (?:al|bin|van|von|de|der|da|al-)){0,2}(?: [A-ZÀ-Þ][\w’'\-]+){1,2})"
    r"(?:,[^,]{3,60},)? (?:said|says|told|added|has|had|was|is|announced|called|urged|warned|vowed|"
    r"condemned|ordered|denied|resigned)\b"
)
_PERSON_LIKE = re.compile(r"[A-ZÀ-Þ][\w’'\-]+ [A-ZÀ-Þ][\w’'\-]+")
_NOT_PERSON = re.compile(
    r"\b(?:News|Press|Times|Post|Ministry|Council|Army|Force|Forces|Police|Party|"
    r"Court|Guard|Union|Nations|States|"
    r"House|Agency|Department|Office|Bank|University|Group|Kingdom|Republic|Service|Committee|"
    r"Street|City|East|West|North|South|Commission|Organi[sz]ation|Association|Journal)\b"
)


def named_pronoun(sentence: str, previous: str) -> Change | None:
    """The change "He said" → "Keir Starmer said", only where no one else can be meant.

    Sure means: the sentence before opens with one person as its subject and names no other.
    """
    pronoun = _PRONOUN.match(sentence)
    subject = _SUBJECT.match(previous)
    if not pronoun or not subject or _NOT_PERSON.search(subject["name"]):
        return None
    others = _PERSON_LIKE.findall(previous[subject.end("name") :])
    if others:
        return None
    return Change("name", 0, pronoun.end(), subject["name"])
