"""Cuts digest/render/data/digits.ttf: the figures that a map's pins carry, drawn without a browser.

    npm pack @fontsource/source-sans-3 && tar xzf fontsource-source-sans-3-*.tgz
    python -m bench.cut_digits package/files/source-sans-3-latin-600-normal.woff2

Source Sans 3 is Adobe's, under the SIL Open Font License 1.1 (digits.LICENSE beside the file). Its
licence keeps the name "Source" for the whole font, so the cut one has a name of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

OUT = Path(__file__).parents[1] / "digest" / "render" / "data" / "digits.ttf"
FAMILY = "Digest Digits"
CHARACTERS = "0123456789, +"
COPYRIGHT = "© 2023 Adobe (http://www.adobe.com/), with Reserved Font Name ‘Source’"
LICENCE = "http://scripts.sil.org/OFL"


def main(source: Path) -> None:
    options = Options(
        layout_features=[], hinting=False, drop_tables=["BASE", "GSUB", "GPOS", "STAT", "gasp"]
    )
    options.notdef_outline = False
    subsetter = Subsetter(options)
    subsetter.populate(text=CHARACTERS)
    font = TTFont(source, recalcTimestamp=False)
    subsetter.subset(font)
    font.flavor = None
    told = {
        0: COPYRIGHT,
        1: FAMILY,
        2: "Regular",
        4: FAMILY,
        6: FAMILY.replace(" ", ""),
        14: LICENCE,
    }
    font["name"].names = []
    for number, text in told.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = 400
    font.save(OUT)
    print(f"{OUT}: {len(OUT.read_bytes()):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
