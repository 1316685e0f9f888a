"""What sites hang on their reports and no reporter wrote: "Read more", "The post … appeared first".

Tails are cut only where a sentence has ended before them or a line begins with them, so that a
report which says "lawmakers will continue reading the bill" keeps its words.
"""

from __future__ import annotations

import re

_MORE = (
    r"Continue [Rr]eading|CONTINUE READING|Keep [Rr]eading|Read [Mm]ore|READ MORE",
    r"Read (?:the )?(?:full|original|entire|rest of (?:the|this))(?: (?:story|article|post))?",
    r"Full [Ss]tory|Learn [Mm]ore|See [Mm]ore|View [Mm]ore|Click here to read|More [Dd]etails",
    r"Weiterlesen|Weiter lesen|Mehr lesen|Zum Artikel",
    r"Lire la suite|Lire plus|Lire l[’']article|En savoir plus",
    r"Leer más|Seguir leyendo|Sigue leyendo|Continuar leyendo",
    r"Leggi tutto|Leggi di più|Leggi anche|Continua a leggere",
    r"Ler mais|Leia mais|Continue lendo|Continuar a ler",
    r"Lees meer|Lees verder|Läs mer|Les mer|Læs mere|Lue lisää",
    r"Czytaj więcej|Czytaj dalej|Číst dále|Celý článok|Tovább olvas\w*|Citește mai mult",
    r"Читать далее|Читать полностью|Подробнее|Читати далі|Докладніше",
    r"Devamını oku|Devamı için|اقرأ المزيد|قراءة المزيد|ادامه مطلب|और पढ़ें",
    r"続きを読む|阅读更多|查看全文|閱讀更多|더 보기|Baca selengkapnya|Xem thêm",
)
_APPEARED = (
    # WordPress's own tail in its translations: its opening, what stands before the site, and the
    # words that a text must hold to be looked at
    (
        r"The (?:post|article)(?=\s[^a-z])",
        r"(?:appeared first|first appeared) (?:on|in|at)",
        "first",
    ),
    (r"Der Beitrag", r"(?:erschien zuerst|ist zuerst erschienen) auf", "zuerst"),
    (r"L[’']article", r"est apparu en premier sur", "apparu en premier"),
    (r"La entrada", r"(?:se publicó|apareció|aparece) primero en", "primero en"),
    (r"L[’']articolo", r"proviene da", "proviene da"),
    (r"L[’']articolo", r"sembra essere il primo su", "sembra essere"),
    (r"O post", r"apareceu primeiro em", "primeiro em"),
    (r"Het bericht", r"verscheen eerst op", "verscheen eerst"),
    (r"Artykuł", r"pochodzi z serwisu", "pochodzi z"),
    (r"Inlägget", r"dök först upp på", "dök först"),
    (r"Сообщение", r"появились сначала на", "появились сначала"),
)
_CALLS = (
    r"sign up (?:for|to|here|now|today)|subscribe (?:to|for|now|here|today)|follow (?:us|\S+ on)\b",
    r"download (?:our|the) .{0,30}app|get (?:our|the|all the) .{0,60}(?:newsletter|inbox|alerts)",
    r"join (?:us|our) .{0,40}(?:whatsapp|telegram|channel|newsletter)|stay (?:informed|tuned)",
    r"support (?:our|independent) .{0,30}journalism|share (?:this|on)\b|listen to (?:this|our)",
    r"click here\b|advertisement$|related(?: stories| articles| posts)?:|also read\b|read also\b",
    r"read (?:more|next):|you may also like|this (?:post|story) (?:may )?contains? affiliate",
    r"comments?$|newsletter\b|abonnieren sie|folgen sie|abonnez-vous|inscrivez-vous|suivez-nous",
    r"suscr[íi]b[ae]\w*|síguenos|siga-nos|iscriviti|seguici|inscreva-se|подпис\w+ на|підпис\w+ на",
)
_LONGEST_CALL = 220
"""Characters: a paragraph longer than that says something besides the call."""

_AFTER_SENTENCE = r"(?:(?:(?<=[.!?…»”\"'’)\]。！？])|^)\s*)"
_TAILS = (
    re.compile(rf"{_AFTER_SENTENCE}\[?\s*(?:{'|'.join(_MORE)})(?!\w)[^\n]{{0,200}}$"),
    re.compile(rf"\n\[?\s*(?:{'|'.join(_MORE)})(?!\w)[^\n]{{0,200}}$"),
    re.compile(r"(?:^|\s)submitted by\s+/?u/\S+(?:\s+\[link\])?(?:\s+\[comments\])?$"),
)
_APPEARED_TAILS = tuple(
    (words, re.compile(rf"(?:^|\s){opening}\s[^\n]{{1,400}}?\s{closing}\s[^\n]{{1,150}}$"))
    for opening, closing, words in _APPEARED
)
_CALL = re.compile("|".join(_CALLS), re.IGNORECASE)
_BRACKETED = re.compile(r"\s*[\[(]\s*(?:…|\.\.\.)\s*[\])]\s*$")
_REACH = 1000
"""Characters at the end in which tails are looked for: the longest found have 400."""
_AFTER_TITLE = re.compile(r"\s*\n|\s+[-–—|]\s|[.:!?…]?\s*$|[.:]\s*\n")


def without_tails(text: str) -> str:
    """`text` (one paragraph a line) without calls and links at its end. "[…]" becomes "…"."""
    while True:
        cut = max(0, len(text) - _REACH)
        head, end = text[:cut], text[cut:]
        for tail in _TAILS:
            end = tail.sub("", end).rstrip()
        for words, tail in _APPEARED_TAILS:
            if words in end:
                end = tail.sub("", end).rstrip()
        end = _BRACKETED.sub("…", end)
        body, line_end, last = end.rpartition("\n")
        if line_end and len(last) <= _LONGEST_CALL and _CALL.match(last) is not None:
            end = body
        shorter = (head + end).rstrip()
        if shorter == text:
            return text
        text = shorter


def without_title(text: str, title: str) -> str:
    """`text` without `title` as its first line or before a dash: the page printed it already."""
    while title and text[: len(title)].casefold() == title.casefold():
        rest = text[len(title) :]
        if rest and _AFTER_TITLE.match(rest) is None:
            return text
        text = rest.lstrip(" \n.:!?…-–—|")
    return text
