"""Sentences of a text with their exact spans, and which of them may be printed.

sentencex finds the boundaries; what it is known to get wrong is mended here (measured November
2026: it splits after "M.", "approx." and keeps "said no. Jan." together).
"""

from __future__ import annotations

import re

_LINE = re.compile(r"[^\n\r\u2028\u2029]+")
# No sentence ends after these. Titles, initials, units and month names before a number.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(“\"«‘'])(?:M|Mm|MM|Mme|Mlle|Mr|Mrs|Ms|Dr|Prof|Rev|Hon|Fr|Sr|Sra|Gen|Lt|"
    r"Col|Maj|Capt|Cmdr|Cpl|"
    r"Sgt|Adm|Brig|Gov|Sen|Sens|Rep|Reps|Pres|Amb|Supt|Insp|Det|St|Ste|Mt|Ft|vs|approx|ca|cf|est|"
    r"e\.g|i\.e|Nr|art|Art|a\.k\.a|Hr|Fr|bzw|z\.B|geb)\.$"
)
_BEFORE_NUMBER = re.compile(
    r"(?:^|[\s(])(?:No|Nos|Nr|pp?|par|Fig|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|"
    r"Dec|Ch|Vol|Art)\.$"
)
_INITIAL = re.compile(r"(?:^|[\s.(“\"])[A-ZÀ-ÞА-Я]\.$")
# A single letter that more often ends a sentence than stands for a name: "Vitamin C.", "Group A."
_LETTER_AS_WORD = re.compile(
    r"(?:[Gg]roup|[Vv]itamin|[Pp]lan|[Hh]epatitis|[Cc]lass|[Tt]ype|and|or) [A-Z]\.$"
)
# Boundaries that sentencex misses: before a quotation, and after "no." and its like.
_MISSED = re.compile(
    r"(?<=[\w%)][.!?])\s+(?=[“\"«„][A-ZÀ-Þ])|(?<=[^\W\d]{2}[.!?][”\"])\s+(?=[“\"][A-Z])|"
    r"(?<=\w[’'][.!?])\s+(?=[A-Z])|(?<= no\.)\s+(?=[A-Z])"
)
_CLOSERS = "\"”’'»)]"
_LAST = 20
"""Characters of a sentence's end that tell whether it is one; all the words above are shorter."""


def spans(text: str, language: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence, in order, without the white space around it.

    Offsets count code points. Lines never join: a line break in cleaned text is a paragraph's.
    """
    import sentencex

    found: list[tuple[int, int]] = []
    for line in _LINE.finditer(text):
        piece = line.group()
        bounds = [
            (b["start_index"], b["end_index"])
            for b in sentencex.get_sentence_boundaries(language or "en", piece)
        ]
        for start, end in _mended(piece, bounds):
            while start < end and piece[start].isspace():
                start += 1
            while end > start and piece[end - 1].isspace():
                end -= 1
            if start < end:
                found.append((line.start() + start, line.start() + end))
    return found


def _mended(text: str, bounds: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in _split_more(text, _marks_forward(text, bounds)):
        before = text[merged[-1][0] : merged[-1][1]].rstrip() if merged else ""
        after = text[start:end].lstrip()
        if merged and (_continues(before, after) or _quotes_on(before, text[start:])):
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _marks_forward(text: str, bounds: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """An opening mark left behind at a sentence's end goes to the next one."""
    moved = list(bounds)
    for i in range(len(moved) - 1):
        (start, end), (_, following) = moved[i], moved[i + 1]
        stray = re.search(r"\s([“„«\"])\s*$", text[start:end])
        if stray and (stray[1] != '"' or text[start:end].count('"') % 2):
            at = start + stray.start(1)
            moved[i], moved[i + 1] = (start, at), (at, following)
    return moved


def _split_more(text: str, bounds: list[tuple[int, int]]) -> list[tuple[int, int]]:
    parts: list[tuple[int, int]] = []
    for start, end in bounds:
        at = start
        for missed in _MISSED.finditer(text, start, end):
            if not _inside_quotation(text[at : missed.start()]):
                parts.append((at, missed.start()))
                at = missed.end()
        parts.append((at, end))
    return parts


def _quotes_on(before: str, rest: str) -> bool:
    """Whether a quotation opened in `before` closes later: it is one, up to its speaker.

    Where it never closes (the text was cut), joining would only lose its whole sentences.
    """
    if before.count("“") > before.count("”"):
        closing, opening = rest.find("”"), rest.find("“")
        return closing >= 0 and (opening < 0 or closing < opening)
    return before.count('"') % 2 == 1 and rest.count('"') % 2 == 1


def _inside_quotation(before: str) -> bool:
    return before.count("“") > before.count("”") or before.count('"') % 2 == 1


def _continues(before: str, after: str) -> bool:
    """Whether a boundary between `before` and `after` is none."""
    if not after or not before:
        return True
    if after[0] in "–—" and _PLACE_STOPPED.fullmatch(before):
        return True
    if after[0] in _CLOSERS and (after[0] != '"' or before.count('"') % 2 == 1):
        return True
    before = before[-_LAST:]
    if _ABBREVIATION.search(before):
        return True
    if _BEFORE_NUMBER.search(before) and after[0].isdigit():
        return True
    if _INITIAL.search(before) and after[0].isupper() and not _LETTER_AS_WORD.search(before):
        # "J. Smith" goes on; "in the U.S. The army" does not.
        return not re.search(r"[A-Z]\.[A-Z]\.$", before) or len(after.split()) == 1
    if before[-1] in ".…" and after[0].islower():
        return True
    zone = re.match(r"(?:E[SD]?T|GMT|BST|UTC|CES?T|local time)\b", after)
    return bool(zone and re.search(r"[ap]\.m\.$", before))


# A dateline's "CAMBRIDGE, Mass." before its dash.
_PLACE_STOPPED = re.compile(r"[A-ZÀ-Þ]{2}[A-ZÀ-Þ ’'.\-]*, [A-ZÀ-Þ][\w. ]*\.")

# "LONDON (Reuters) - ", "KYIV, Ukraine (AP) — ", "GENEVA, Sept 9 (Reuters) – ", "(CNN) — "
_AGENCY = (
    r"(?:AP|Reuters|REUTERS|AFP|CNN|UPI|Xinhua|TASS|dpa|DPA|EFE|ANSA|IANS|PTI|ANI|CNS|NYT|BBC|WAM|"
    r"SPA|KUNA|Yonhap|Kyodo|Bloomberg|AA|AP Photo)"
)
_DASH = r"\s*(?:[-–—:]+)\s*"
_PLACE = r"[A-ZÀ-Þ][\w’'.\-]*"
_CITY = r"[A-ZÀ-Þ]{3,}(?:[ \-’'.]+[A-ZÀ-Þ]{2,}){0,3}"
# Something in it is in small letters: "NATO, EU:" names who speaks.
_NAME = r"[A-ZÀ-Þ](?=[\w’'.\-]*[a-zà-þ])[\w’'.\-]*(?: [A-ZÀ-Þ&][\w’'.\-]*){0,3}"
_DATELINE = re.compile(
    # Capitals, then an agency: "KYIV, Ukraine (AP) — ", "GENEVA, Sept 9 (Reuters) – "
    rf"^[A-ZÀ-Þ][\w’'.\-/]*[A-ZÀ-Þ][\w’'.\-/, ]{{0,60}}?\(\s?{_AGENCY}\s?\){_DASH}"
    # A place in small letters is one to three names: "Port Selwyn (Reuters) - "
    rf"|^{_PLACE}(?: {_PLACE}){{0,2}}(?:, {_PLACE})?,? \(\s?{_AGENCY}\s?\){_DASH}"
    rf"|^\(\s?{_AGENCY}\s?\)(?:{_DASH}|\s*)"
    # Capitals, a country, a day perhaps, then any name: "BRENHOLT, Kaldria (Gazette) — ",
    # "HADIRA, March 17 (CP) — ", "PORT SENN, Continental Press: "
    rf"|^{_CITY}(?:, {_NAME})?(?:,? [A-Z][a-z]+\.? \d{{1,2}})? "
    rf"\((?:{_NAME}(?:/{_NAME})*|[A-Z]{{2,8}})\){_DASH}"
    rf"|^{_CITY}, {_NAME}(?:, {_NAME})?:\s+"
    # No dash: "Kesten (CNN) The minister …"
    rf"|^{_PLACE}(?: [\w’'.\-]+){{0,3}}(?:, {_PLACE})?,? \(\s?{_AGENCY}\s?\)\s+(?=[A-ZÀ-Þ“\"])"
    # No agency: "KESTEN — ", "KESTEN, Kaldria — ", "KESTEN—The minister …", "(Kesten) – "
    r"|^[A-ZÀ-Þ]{3,}(?:(?:, ?| )[A-ZÀ-Þ][\w.]+){0,4}(?: \d{1,2})?"
    r"(?:\s+(?:[–—]|--|-)\s+|\s?[–—](?=[A-ZÀ-Þ“\"]))"
    rf"|^\({_NAME}(?:, {_NAME})?\)\s+(?:[–—-]\s+|(?=[A-ZÀ-Þ“\"]))"
    # What stands in the same place: "DEVELOPING: "
    r"|^(?:DEVELOPING|BREAKING(?: NEWS)?|UPDATED?|JUST IN|EXCLUSIVE|ALERT)\s?[:|–—-]\s*"
)


def dateline(sentence: str) -> int:
    """Length of the dateline that opens the sentence; 0 when there is none."""
    match = _DATELINE.match(sentence)
    return match.end() if match and match.end() < len(sentence) else 0


_PROMO = re.compile(
    r"\b(?:read more|sign up (?:for|to|here)|subscribe (?:to|now|here)|our newsletter|click here|"
    r"follow us|watch live|listen to (?:this|the|our)|download (?:the|our) app|"
    r"all rights reserved|getty images|photograph:|photo by|image credit|file photo:|"
    r"our journalism|support the guardian|live (?:updates|blog)|"
    r"here[’']?s what (?:you|we|to)|what (?:you|we) need to know|"
    r"this (?:article|story) (?:was|has been|originally|first)|"
    r"(?:appeared first|originally (?:published|appeared)) on|contributed to this report|"
    r"a look (?:at|back)|by the numbers|in (?:pictures|photos)|key takeaways|"
    r"(?:details|facts) (?:have begun to|are beginning to|are still|begin to) emerg\w+|"
    r"(?:many )?questions remain|"
    r"breaking news alerts|delivered (?:weekday|daily|straight to|to your)|"
    r"affiliate (?:links?|commission)|terms of (?:use|service)|accept cookies|"
    r"hide caption|toggle caption|more on this (?:story|topic)|"
    r"updated? (?:at|on) \d|editor[’']s note|stay with us)\b|©|^(?:advertisement|related:)",
    re.IGNORECASE,
)
# What a broadcaster's own people do in its film: "Radio Meridian's Elin Varga was in the court",
# "Elin Varga shows us what is left".
_OUTLET = (
    r"(?:BBC|Al Jazeera|CNN|NPR|Sky News|(?:ABC|CBS|NBC|Fox)(?: News)?|DW|France 24|Guardian|"
    r"Reuters|AP)"
)
_OWN_PEOPLE = re.compile(
    rf"\b{_OUTLET}(?:[’']s (?:[\w-]+ ){{0,3}}?[A-Z][\w’'-]+ [A-Z][\w’'-]+"
    r"|(?:[’']s)? (?:journalists?|reporters?|correspondents?)) "
    r"(?:asks?|describes?|explains?|goes|has (?:more|the)|join(?:s|ed)|looks at|meets?|met|"
    r"reports? from|speaks?|spoke|travell?(?:s|ed)|visit(?:s|ed)|was (?:in|at)|went|"
    r"witness(?:es|ed)?)\b"
    rf"|\b{_OUTLET} (?:explains|looks at|speaks to|spoke to|visit(?:s|ed)|witness(?:es|ed))\b"
    r"|\b(?:shows?|takes?|brings?|walks?) us\b"
)
_STAMP = re.compile(
    r"^(?:\[?\d{1,2}[:.]\d{2}\s*(?:GMT|BST|ET|EST|EDT|UTC|CET|[ap]\.?m\.?)?\b|\d+[mh] ago)", re.I
)
_BYLINE = re.compile(
    r"^(?:By|Von|Par|Por) [A-Z][\w.’'\-]+ [A-Z]|^(?:Reporting|Editing|Writing) by\b"
)
_CUT = re.compile(r"(?:…|\.\.\.|\[[.…\s]*\]|\[&hellip;\])[\s.\"”’']*$")
CLOSING = "\"'”’»"
_ENDED = re.compile(r"[.!?][\"”’'»)\]]*$")
# A text that just stops after one of these was cut off.
_OPEN_END = re.compile(
    r"\b(?:a|an|the|of|in|on|at|to|for|with|by|from|and|or|but|as|that|which|who|is|"
    r"are|was|were|has|"
    r"have|had|will|would|its|his|her|their|this|these|those|than|into|over|after|before|not|be)$",
    re.IGNORECASE,
)
# "Elin Varga on the strait, and how it …", "The Gazette speaks with Elin Varga about …": what an
# interview is about.
_INTERVIEW = re.compile(
    r"[A-Z][\w’'-]+ [A-Z][\w’'-]+ on (?:how |why |what |the |[A-Z])"
    r"|(?:[\w’'.-]+ ){1,4}(?:speaks?|talks?|spoke|talked) (?:to|with) .+ about "
)
_SMALL = "of|and|the|in|to|for|a|an|on|at|by|with|from"
# A heading run into its text: "Scale and Scope of the Data Breach The initial breach …".
_HEADED = re.compile(
    rf"(?:[A-Z][\w’'-]*)(?: (?:[A-Z][\w’'-]*|{_SMALL})){{4,}} (?:The|In|A|An|It|On|At|As) [a-z]"
)
# "Officers stand guard in Kesten, May 30, 2020." Running text rarely ends in a full date.
_CAPTION = re.compile(
    r"\b(?:is|are) (?:seen|pictured)\b(?! as\b)|"
    r"\bin this (?:\w+ )?(?:photo|picture|image|handout)\b|"
    r"\b(?:takes?|took) (?:a )?(?:photos?|pictures?)\b|"
    r",? (?:on )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,2} "
    r"?, ?\d{4} ?\.$|█|"
    # Agencies write so under pictures, wherever it stands: "Wednesday, Jan. 8, 2020, in Kesten".
    r"day, (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,2}, \d{4}"
)
# What stands on a page around its report, where the page's text was taken whole: captions and
# credits run into a sentence, buttons, the titles of other reports.
_FURNITURE = re.compile(
    r"(?i:\b(?:image (?:copyright|caption|source)|media caption|invalid email|could not subscribe|"
    r"skip ad|click to (?:expand|enlarge|share|view)|combination of (?:photos|pictures|images))\b|"
    r"\(photo: )|pic\.twitter\.com|(?<=[a-z] )MORE (?=[a-z])|"
    r"\([A-Z][\w.’'-]+ [A-Z][\w.’' -]+ ?/ ?[A-Z][^()]+\)|"
    r"\([^()]* via (?:AP|Reuters|AFP|Getty)[^()]*\)|"
    r"(?:\b[A-ZÀ-Þ]{3,}[ :]){2,}(?:The|In|A|An|It) [a-z]"
)
# Speech alone would be laid in the outlet's mouth by an attribution.
_ALL_QUOTED = re.compile(r"^[“\"«„][^“”\"«»„]*[”\"»“][.!?]?$")
# A standfirst run into the text's first sentence: "as the search goes onPolice have …".
_GLUED = re.compile(
    r"[a-z]{3}(?:The|He|She|It|But|And|As|When|After|This|Police|President|Officials)\b"
)
# Words that cannot meet: a word is lost, doubled or half. Only what no English sentence holds; "had
# had", "that that", "due to ongoing" and "thought to leaving" are some.
_DAMAGED = re.compile(
    r"(?<!-)\b(the|an?|of|from|with) \1\b(?!-)|"
    r"\bamong (?:in|on|at(?! (?:least|most))|of|to|was|were|is|are|has|have)\b|"
    r"\b(?:believed|suspected|alleged|able|unable|likely|unlikely) to "
    r"(?!(?:br|cl|d|fl|k|p|r|s|sl|spr|st|str|sw|w|wr|z)ing\b)[a-z]+ing\b|"
    r"\b(?:in|of|on|to|at|by|for|from) th \w"
)
MIN_WORDS, MAX_WORDS = 5, 60
MAX_LENGTH = 1_000
"""Characters. Longer ones are no sentences, and are not looked into: a page may be 40,000
characters without a full stop, or one word, over which many patterns take seconds."""
# Standfirsts without a full stop stay below this (BBC, Guardian, Al Jazeera, Financial Times on
# eight days of 2025-26: 95 % under 190 characters); longer texts that just stop were cut.
MAX_UNSTOPPED = 190


def ended(text: str) -> bool:
    """Whether the text ends as a sentence does."""
    return bool(_ENDED.search(text.rstrip()))


def fault(sentence: str, *, whole_text: bool = False) -> str:
    """Why the sentence may not be printed; "" when it may.

    `whole_text`: the sentence is the report's whole text, so that a missing full stop is a
    standfirst's habit rather than a cut.
    """
    if len(sentence) > MAX_LENGTH:
        return "too long"
    count = len(sentence.split())
    if _CUT.search(sentence) or "[…]" in sentence or "[...]" in sentence:
        return "cut off"
    if not _ENDED.search(sentence) and (
        not whole_text
        or len(sentence) > MAX_UNSTOPPED
        or not sentence.rstrip(CLOSING)[-1:].isalnum()
        or _OPEN_END.search(sentence)
        or ";" in sentence  # a list of headlines: "Gunmen shot dead; IDF raids their villages"
    ):
        return "cut off"
    if _GLUED.search(sentence) or ",," in sentence:
        return "glued"
    if _DAMAGED.search(sentence):
        return "damaged"
    if count < MIN_WORDS:
        return "too short"
    if count > MAX_WORDS:
        return "too long"
    if sentence.rstrip("\"”’' ").endswith("?"):
        return "question"
    letters = [c for c in sentence if c.isalpha()]
    if not letters or sum(c.isupper() for c in letters) > 0.5 * len(letters):
        return "capitals"
    if sentence[0].islower():
        return "no beginning"
    if _BYLINE.match(sentence) or _STAMP.match(sentence):
        return "byline or stamp"
    if _PROMO.search(sentence) or _OWN_PEOPLE.search(sentence):
        return "promotion"
    if re.search(r"https?://|www\.|\S@\S+\.\w|\||•| \\|\\$", sentence):
        return "markup"
    if _HEADED.match(sentence):
        return "glued"
    if _INTERVIEW.match(sentence):
        return "label"
    if _CAPTION.search(sentence):
        return "caption"
    if furnished(sentence):
        return "furniture"
    if unbalanced(sentence):
        return "open quotation"
    if _ALL_QUOTED.match(sentence):
        return "speech without a speaker"
    return ""


def furnished(sentence: str) -> bool:
    """Whether something of the page around the report is run into the sentence."""
    return bool(_FURNITURE.search(sentence))


def unbalanced(sentence: str) -> bool:
    """Whether a quotation mark or bracket opens without closing, or the reverse.

    Outlets mix straight and curly marks in one quotation; such a pair counts as closed.
    """
    left, right, straight = (sentence.count(mark) for mark in '“”"')
    german = sentence.count("„")
    if german and german in (left, right) and not straight % 2:
        left = right = 0
    return (
        (left + right + straight) % 2 == 1
        or abs(left - right) > straight
        or sentence.count("«") != sentence.count("»")
        or sentence.count("(") != sentence.count(")")
    )
