"""Slim SVG: matplotlib's drawings without what no reader sees, and pages that hold what their figures share once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from steepness.press.canvas import RC
from steepness.press.paths import SVG, joined, steps, straight, texts_last

XLINK = "http://www.w3.org/1999/xlink"
STYLE = re.compile(r'style="[^"]*"')
NAMED = re.compile(r'( id="|href="#|url\(#)([^")]+)')
FONT = re.compile(r"font-family: [^;]*; ?")
LONG = re.compile(r"-?\d+\.\d{2,}")
UNTURNED = re.compile(r"rotate\(-?0 [^)]*\)")
CIRCLE = re.compile(r"M 0 ([\d.]+) (?:C[ \d.-]+){8}z")
"""How matplotlib writes a round marker."""
INVISIBLE = ("fill:none", "fill: none")
FIGURE = re.compile(r"<svg.*?</svg>", re.DOTALL)
DEFINITION = re.compile(r'<defs><(path|circle|clipPath) id="([^"]+)"(.*?)</defs>')
WORTH_SHARING = 3
"""Times that a style must occur in a page before it is given a name."""


def slim(root: ElementTree.Element, tips: Mapping[str, Sequence[str]]) -> ElementTree.Element:
    """Without what no reader sees, a quarter of its size; markers with their titles."""
    for gid, texts in tips.items():
        group = root.find(f".//{{{SVG}}}g[@id='{gid}']")
        assert group is not None, gid
        for marker, text in zip(group.iter(f"{{{SVG}}}use"), texts, strict=False):
            ElementTree.SubElement(marker, f"{{{SVG}}}title").text = text
    used = set(re.findall(r"(?:url\(#|href=\"#)([^\")]+)", ElementTree.tostring(root, encoding="unicode")))
    for axis in root.iter(f"{{{SVG}}}g"):
        if axis.get("id", "").startswith("matplotlib.axis"):
            texts_last(axis)
    for element in root.iter():
        _shorten(element, used)
    _flatten(root)
    joined(root)
    root.attrib.pop("version", None)
    root.set("style", f"font-family: {', '.join(RC['font.sans-serif'])}, sans-serif")
    return root


def as_text(root: ElementTree.Element, prefix: str = "i") -> str:
    """As text, its ids short and with that prefix."""
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    names: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        return match[1] + names.setdefault(match[2], f"{prefix}{len(names)}")

    text = NAMED.sub(named, ElementTree.tostring(root, encoding="unicode"))
    return STYLE.sub(lambda match: match[0].replace(": ", ":").replace("; ", ";"), text.replace(" />", "/>"))


def shared(page: str) -> str:
    """A page whose figures share their markers, clips and styles, each written once.

    Args:
        page: HTML with figures as `as_text` gives them, their ids unique.
    """
    kept: dict[tuple[str, str], str] = {}
    first: dict[str, str] = {}

    def defined(match: re.Match[str]) -> str:
        kind, name, rest = match.groups()
        first[name] = kept.setdefault((kind, rest), f"_{len(kept)}")
        return ""

    def renamed(match: re.Match[str]) -> str:
        return match[1] + first.get(match[2], match[2])

    page = FIGURE.sub(lambda figure: NAMED.sub(renamed, DEFINITION.sub(defined, figure[0])), page)
    definitions = "".join(f'<{kind} id="{name}"{rest}' for (kind, rest), name in kept.items())
    hidden = f'<svg class="shared" aria-hidden="true"><defs>{definitions}</defs></svg>'
    return named_styles(page.replace("<body>\n", f"<body>\n{hidden}\n", 1) if kept else page)


def named_styles(text: str) -> str:
    """A page, or a figure as a file, with a class for each style that its figures repeat."""
    counted = Counter(style for figure in FIGURE.findall(text) for style in STYLE.findall(figure))
    names = {style: f"s{i}" for i, (style, n) in enumerate(counted.most_common()) if n >= WORTH_SHARING}
    text = FIGURE.sub(
        lambda figure: STYLE.sub(
            lambda style: f'class="{names[style[0]]}"' if style[0] in names else style[0], figure[0]
        ),
        text,
    )
    rules = "".join(f".{name}{{{style[7:-1]}}}" for style, name in names.items())
    return text.replace("</style>", f"{rules}</style>", 1)


def _shorten(element: ElementTree.Element, used: set[str]) -> None:
    if element.get("id") not in used:
        element.attrib.pop("id", None)
    for name, value in list(element.attrib.items()):
        plain = UNTURNED.sub("", FONT.sub("", " ".join(value.split())))
        short = steps(plain) if name == "d" and straight(plain) else LONG.sub(_rounded, plain)
        if name == "d" and (circle := CIRCLE.fullmatch(short)):
            element.tag, name, short = f"{{{SVG}}}circle", "r", circle[1]
            del element.attrib["d"]
        if short:
            element.set(name, short)
        else:
            del element.attrib[name]
    for child in list(element):
        child.tail = None
        if child.tag == f"{{{SVG}}}metadata" or _unseen(child):
            element.remove(child)
    _share_style([child for child in element if child.tag == f"{{{SVG}}}use"], element)
    if not (element.text or "").strip():
        element.text = None


def _unseen(child: ElementTree.Element) -> bool:
    """An empty group, or matplotlib's backgrounds, which are transparent here."""
    if child.tag == f"{{{SVG}}}g":
        return not len(child)
    return child.tag == f"{{{SVG}}}path" and child.get("style") in INVISIBLE


def _flatten(element: ElementTree.Element) -> None:
    """Groups that say nothing about their members give way to them."""
    for child in list(element):
        _flatten(child)
        if child.tag == f"{{{SVG}}}g" and not child.attrib:
            at = list(element).index(child)
            element.remove(child)
            for i, member in enumerate(child):
                element.insert(at + i, member)


def _share_style(markers: Sequence[ElementTree.Element], group: ElementTree.Element) -> None:
    """Markers of one series say once how they look."""
    styles = {marker.get("style") for marker in markers}
    if len(markers) > 1 and len(styles) == 1 and "style" not in group.attrib:
        group.set("style", styles.pop() or "")
        for marker in markers:
            marker.attrib.pop("style", None)


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match[0]):.1f}".removesuffix(".0")
