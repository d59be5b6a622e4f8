"""Paths of an SVG in as few points as its lines need, and neighbours that look alike as one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"
COMMAND = re.compile(r"([MLz])(?: (-?[\d.]+(?:e-?\d+)?) (-?[\d.]+(?:e-?\d+)?))?")
ZERO = re.compile(r"(?<!\d)0\.")
HAIR = 0.05
"""Pixels that a line may move when its points are thinned: half of what a place is written to."""
CLEAR = ("opacity", "fill-opacity", "stroke-opacity")
Place = tuple[float, float]


def steps(path: str) -> str:
    """A path of straight lines as steps from point to point, whose numbers are short, without the points that lie on
    the line between their neighbours; its places to a tenth of a pixel."""
    return "".join(f"{_stepped(list(_thinned(points)))}{'z' * closed}" for points, closed in _parts(path))


def straight(path: str) -> bool:
    """Whether it has no curves."""
    return not set(path) & set("CQ")


def _parts(path: str) -> Iterator[tuple[list[Place], bool]]:
    """The pieces that are drawn without lifting the pen, and whether each ends where it began."""
    points: list[Place] = []
    for command, x, y in COMMAND.findall(path):
        if points and command in "Mz":
            yield points, command == "z"
            points = []
        if command != "z":
            points.append((float(x), float(y)))
    if points:
        yield points, False


def _thinned(points: Sequence[Place]) -> Iterator[Place]:
    """Of a line, the points that its shape needs, by Ramer's and Douglas and Peucker's rule."""
    todo, kept = [(0, len(points) - 1)], {0, len(points) - 1}
    while todo:
        start, end = todo.pop()
        away = [_away(points[i], points[start], points[end]) for i in range(start + 1, end)]
        if away and max(away) > HAIR:
            middle = start + 1 + away.index(max(away))
            kept.add(middle)
            todo += [(start, middle), (middle, end)]
    return (points[i] for i in sorted(kept))


def _away(point: Place, start: Place, end: Place) -> float:
    """Distance from a point to the line between two others."""
    ax, ay, bx, by = point[0] - start[0], point[1] - start[1], end[0] - start[0], end[1] - start[1]
    length = bx * bx + by * by
    share = min(max((ax * bx + ay * by) / length, 0.0), 1.0) if length else 0.0
    return float(((ax - share * bx) ** 2 + (ay - share * by) ** 2) ** 0.5)


def _stepped(points: Sequence[Place]) -> str:
    rounded = [(round(x, 1) + 0.0, round(y, 1) + 0.0) for x, y in points]
    said, last = "M{:g} {:g}".format(*rounded[0]), "M"
    for (x, y), (to_x, to_y) in itertools.pairwise(rounded):
        dx, dy = round(to_x - x, 1) + 0.0, round(to_y - y, 1) + 0.0
        command = "h" if not dy else "v" if not dx else "l"
        numbers = f"{dx:g} {dy:g}" if command == "l" else f"{dx or dy:g}"
        said += f"{' ' if command == last else command}{numbers}"
        last = command
    return ZERO.sub(".", said.replace(" -", "-"))


def joined(element: ElementTree.Element) -> None:
    """Lines of one look that follow each other become one path; marks of one look a group that says it once."""
    for child in list(element):
        joined(child)
    for run in list(_runs(element)):
        if run[0].tag == f"{{{SVG}}}path":
            run[0].set("d", "".join(path.get("d", "") for path in run))
            for path in run[1:]:
                element.remove(path)
        else:
            _grouped(element, run)


def _runs(element: ElementTree.Element) -> Iterator[list[ElementTree.Element]]:
    """Neighbours, two at least, that differ in nothing but their places."""
    run: list[ElementTree.Element] = []
    for child in [*element, ElementTree.Element("end")]:
        if run and _look(child) == _look(run[0]) is not None:
            run.append(child)
            continue
        if len(run) > 1:
            yield run
        run = [child]


def _look(element: ElementTree.Element) -> tuple[str, ...] | None:
    """All but the place of a line, or of a mark; None of what stays as it is, as nothing see-through may be joined."""
    style = element.get("style", "")
    if element.tag == f"{{{SVG}}}path" and not element.get("id") and "fill: none" in style:
        clear = any(f"{name}:" in style for name in CLEAR)
        return None if clear else ("path", style, element.get("clip-path", ""))
    if element.tag == f"{{{SVG}}}use" and style:
        return "use", style, element.get("clip-path", "")
    return None


def _grouped(element: ElementTree.Element, run: Sequence[ElementTree.Element]) -> None:
    at = list(element).index(run[0])
    group = ElementTree.Element(f"{{{SVG}}}g", {"style": run[0].get("style", "")})
    if clip := run[0].get("clip-path"):
        group.set("clip-path", clip)
    for mark in run:
        element.remove(mark)
        for name in ("style", "clip-path"):
            mark.attrib.pop(name, None)
        group.append(mark)
    element.insert(at, group)


def texts_last(axis: ElementTree.Element) -> None:
    """An axis' lines before its texts, so that they follow each other."""
    for parent in list(axis.iter()):
        for child in list(parent):
            if child.tag == f"{{{SVG}}}text":
                parent.remove(child)
                axis.append(child)
