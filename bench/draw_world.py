"""Draws digest/render/data/world.json: the land and the middle of every country, projected.

    npm pack world-atlas && tar xzf world-atlas-*.tgz
    python -m bench.draw_world package/

Reads land-110m.json and countries-50m.json of world-atlas (ISC, Mike Bostock), which are Natural
Earth's land and countries (public domain) as TopoJSON. The land is projected (Equal Earth: Šavrič,
Patterson and Jenny 2018, doi 10.1080/13658816.2018.1504949), reduced (Douglas and Peucker) and
written as one SVG path; a map at run time is then a path, a crop and pins, with no projection.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from babel.core import get_global

from digest.analyse.places import country_codes

Point = tuple[float, float]

OUT = Path(__file__).parents[1] / "digest" / "render" / "data" / "world.json"
WIDTH = 1000
"""Units of the drawing; one is a pixel of a map as wide as a desk's column, on a fine screen."""
MIDDLE = 11.6
"""Central meridian, degrees: the cut then runs through the Bering Strait, and through no shape."""
TOLERANCE = 1.1
"""Units that a coast may move: not seen at the map's own size, and most of the points gone."""
SMALLEST = 6.0
"""Square units of the smallest island drawn."""
SOUTH, NORTH = -56.5, 83.7
"""Latitudes of the frame: Cape Horn and Greenland; Antarctica has no news of its own here."""
MOVED = {
    "RU": (52.0, 41.0), "ID": (-7.0, 110.0), "MY": (4.0, 102.0),
    "GF": (4.0, -53.2), "GI": (36.15, -5.35), "GP": (16.2, -61.5), "MQ": (14.65, -61.0),
    "TV": (-8.5, 179.2),
}  # fmt: skip
"""(latitude, longitude) where the middle of the shape misleads: most Russians live west of the
Urals, most Indonesians on Java, most Malaysians on the peninsula, and so does their news; and where
there is no shape."""
_NAMED = {"Kosovo": "XK", "Somaliland": "XS"}
"""Shapes without an ISO number."""


def project(longitude: float, latitude: float) -> Point:
    """Equal Earth on the unit sphere, y downwards."""
    turned = math.radians((longitude - MIDDLE + 180) % 360 - 180)
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    square = theta * theta
    sixth = square**3
    slope = a1 + 3 * a2 * square + sixth * (7 * a3 + 9 * a4 * square)
    x = 2 * math.sqrt(3) * turned * math.cos(theta) / (3 * slope)
    return x, -theta * (a1 + a2 * square + sixth * (a3 + a4 * square))


_LEFT, _TOP = project(MIDDLE - 180, 0)[0], project(MIDDLE, NORTH)[1]
_SCALE = WIDTH / (-2 * _LEFT)
HEIGHT = round((project(MIDDLE, SOUTH)[1] - _TOP) * _SCALE)


def placed(longitude: float, latitude: float) -> Point:
    """In the drawing's units, from its upper left corner."""
    x, y = project(longitude, latitude)
    return (x - _LEFT) * _SCALE, (y - _TOP) * _SCALE


def polygons(topology: dict[str, Any], geometry: dict[str, Any]) -> Iterator[list[list[Point]]]:
    """Each polygon's rings, as (longitude, latitude), of a TopoJSON geometry."""
    kind = geometry["type"]
    if kind == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from polygons(topology, part)
    elif kind == "Polygon":
        yield [_ring(topology, arcs) for arcs in geometry["arcs"]]
    elif kind == "MultiPolygon":
        for polygon in geometry["arcs"]:
            yield [_ring(topology, arcs) for arcs in polygon]


def _ring(topology: dict[str, Any], arcs: Iterable[int]) -> list[Point]:
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    ring: list[Point] = []
    for number in arcs:
        x = y = 0
        points = []
        for dx, dy in topology["arcs"][number if number >= 0 else ~number]:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        ring += points[::-1] if number < 0 else points
    return ring


def drawn(ring: Sequence[Point]) -> list[Point]:
    """A ring in the drawing's units."""
    return [placed(longitude, latitude) for longitude, latitude in ring]


def reduced(points: Sequence[Point], tolerance: float) -> list[Point]:
    """Douglas and Peucker 1973: no dropped point is further than `tolerance` from the line."""
    if len(points) < 3:
        return list(points)
    (x1, y1), (x2, y2) = points[0], points[-1]
    length = math.hypot(x2 - x1, y2 - y1)
    farthest, at = -1.0, 0
    for n, (x, y) in enumerate(points[1:-1], start=1):
        off = (
            abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length
            if length
            else math.hypot(x - x1, y - y1)
        )
        if off > farthest:
            farthest, at = off, n
    if farthest <= tolerance:
        return [points[0], points[-1]]
    return [*reduced(points[: at + 1], tolerance)[:-1], *reduced(points[at:], tolerance)]


def area(ring: Sequence[Point]) -> float:
    around = zip(ring, [*ring[1:], ring[0]], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in around)) / 2


def path(rings: Iterable[Sequence[Point]]) -> str:
    """An SVG path in whole units, relative, as short as it is written."""
    parts = []
    for ring in rings:
        x, y = round(ring[0][0]), round(ring[0][1])
        steps = f"M{x} {y}l"
        for px, py in ring[1:]:
            dx, dy = round(px) - x, round(py) - y
            if dx or dy:
                steps += "".join(f" {step}" if step >= 0 else f"{step}" for step in (dx, dy))
                x, y = x + dx, y + dy
        parts.append(steps.replace("l ", "l") + "z")
    return "".join(parts)


def middle(rings: Sequence[Sequence[Point]]) -> Point:
    """The point of the largest ring that is farthest from its border, found on a grid."""
    ring = max(rings, key=area)
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    steps = 40
    best, at = -1.0, (sum(xs) / len(xs), sum(ys) / len(ys))
    for row in range(1, steps):
        for column in range(1, steps):
            x = min(xs) + (max(xs) - min(xs)) * column / steps
            y = min(ys) + (max(ys) - min(ys)) * row / steps
            if _holds(ring, x, y):
                off = min(math.hypot(x - px, y - py) for px, py in ring)
                if off > best:
                    best, at = off, (x, y)
    return at


def _holds(ring: Sequence[Point], x: float, y: float) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def land(topology: dict[str, Any]) -> str:
    rings = []
    for polygon in polygons(topology, topology["objects"]["land"]):
        for ring in polygon:
            if max(latitude for _, latitude in ring) < SOUTH:
                continue
            shape = reduced(drawn(ring), TOLERANCE)
            if len(shape) > 3 and area(shape) >= SMALLEST:
                rings.append(shape)
    return path(rings)


def countries(topology: dict[str, Any]) -> dict[str, list[object]]:
    """English name, as analysis gives it → [ISO code, x, y]."""
    aliases = get_global("territory_aliases")
    middles: dict[str, Point] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = _NAMED.get(geometry["properties"]["name"])
        numbered = aliases.get(geometry.get("id", ""), [])
        if code is None and len(numbered) == 1:
            code = numbered[0]
        if code is not None and code not in middles:
            rings = [drawn(polygon[0]) for polygon in polygons(topology, geometry)]
            middles[code] = middle(rings)
    for code, (latitude, longitude) in MOVED.items():
        middles[code] = placed(longitude, latitude)
    named = country_codes()
    if missing := sorted(named.keys() - middles.keys()):
        print("no shape for", ", ".join(f"{code} {named[code]}" for code in missing))
    return {
        named[code]: [code, round(middles[code][0]), round(middles[code][1])]
        for code in sorted(named)
        if code in middles
    }


def main(folder: Path) -> None:
    read = {
        name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("land-110m", "countries-50m")
    }
    world = {
        "source": "Natural Earth 1:110m land and 1:50m countries, by way of world-atlas 2.0.2",
        "licence": "Natural Earth is in the public domain; world-atlas: ISC, Mike Bostock",
        "made": "python -m bench.draw_world",
        "size": [WIDTH, HEIGHT],
        "land": land(read["land-110m"]),
        "countries": countries(read["countries-50m"]),
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(world, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{OUT}: {len(OUT.read_bytes()):,} bytes, the land {len(str(world['land'])):,}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
