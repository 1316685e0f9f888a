"""Pieces of the plain text: sentences with their numbers, notes, sources, figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from digest.render.columns import COLUMNS, pad, width, wrap
from digest.render.safe import RTL_MARK
from digest.render.view import FigureBox, Line, Place, Source

LABEL = 18
"""Columns of the labels that stand to the left of notes."""

_FULL_STOP = re.compile(r"(?:(?<![.…])(?<!\b[^\W\d_\u0600-\u06ff])\.|。)$")
"""Not that of "U.S." or "…", which belongs to its word. Arabic has no such initials, and after a
vowel sign, as in "أيضًا", its last letter looks like one."""


def cited(sources: Sequence[Source]) -> str:
    """ " [3] [4]", or "" where there is nothing to cite."""
    return "".join(f" [{source.number}]" for source in sources)


def place_line(place: Place) -> str:
    """ "Israel 1, 4": a country and its stories."""
    return f"{place.name} {place.numbers}"


def in_a_row(items: Iterable[str], indent: str = "  ") -> str:
    """Items in a row, " · " between them, as many to a line as it holds; none is broken."""
    lines = [indent]
    for item in items:
        more = item if lines[-1] == indent else f" · {item}"
        if width(lines[-1] + more) > COLUMNS - 2 and lines[-1] != indent:
            lines[-1] += " ·"
            lines.append(indent + item)
        else:
            lines[-1] += more
    return "\n".join(lines)


def numbered(line: Line) -> str:
    """A sentence with its numbers before the full stop: "…, the Gazette reports [3]."."""
    stop = _FULL_STOP.search(line.text)
    at = stop.start() if stop else len(line.text)
    marks = cited(line.sources)
    if line.rtl:
        # Else a bracketed number joins a Latin name before it, and is read first (UAX #9, W7).
        marks = marks.replace("[", f"{RTL_MARK}[")
    return f"{line.text[:at]}{marks}{line.text[at:]}"


def labelled(label: str, text: str, indent: int = 2) -> str:
    """A note: its label in capitals to the left, its text hanging beside it."""
    lead = " " * indent + pad(label.upper(), LABEL - indent - 1) + " "
    if width(lead) > LABEL:
        return wrap(label.upper(), first=" " * indent) + "\n" + wrap(text, first=" " * LABEL)
    return wrap(text, first=lead, rest=" " * LABEL)


def source_lines(source: Source, comma: str = ", ") -> str:
    """ "[3] Northern Gazette, 13 Apr 20:30" and its address, on its own line where it is long."""
    mark = f"[{source.number}]".rjust(5) + " "
    told = f"{source.outlet}{comma}{source.when}" if source.when else source.outlet
    line = wrap(told, first=mark, rest=" " * 6)
    if not source.url:
        return line
    last = line.rpartition("\n")[2]
    if width(last) + 2 + len(source.url) <= COLUMNS:
        return f"{line}  {source.url}"
    return f"{line}\n      {source.url}"


def figure_lines(figure: FigureBox, phrase: Callable[..., str]) -> str:
    """A quantity: its name, then each printed number and who prints it."""
    head = figure.label
    if figure.note:
        head = phrase("labelled", label=figure.label, text=figure.note)
    lines = [wrap(head, first="  ", rest="    ")]
    longest = min(24, max(width(row.printed) for row in figure.rows))
    for row in figure.rows:
        by = phrase("semicolon").join(f"{told} [{source.number}]" for told, source in row.by)
        by += f" {row.more}" if row.more else ""
        lead = " " * 6 + pad(row.printed, longest) + "  "
        if width(row.printed) > longest:
            lines.append(wrap(row.printed, first=" " * 6))
            lead = " " * (8 + longest)
        lines.append(wrap(by, first=lead, rest=" " * (8 + longest)))
    return "\n".join(lines)
