"""A drawing as files and as an element of a page: slim SVG, PNG, PDF, and the numbers as CSV and JSON.

Inside a page each colour becomes a CSS variable, so that figures follow the reader's light or dark theme, and each
marker carries a `<title>`, which the page's script turns into a label.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from steepness.press.canvas import RC, THEME, Drawing

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
STYLE = re.compile(r'style="[^"]*"')
NAMED = re.compile(r'( id="|href="#|url\(#)([^")]+)')
FONT = re.compile(r"font-family: [^;]*; ?")
LONG = re.compile(r"-?\d+\.\d{2,}")
UNTURNED = re.compile(r"rotate\(-?0 [^)]*\)")
COLUMNS = ("series", "x", "y", "low", "high")


def svg(drawn: Drawing) -> str:
    """The figure as a file: colours fixed, text as text; the same input gives the same bytes."""
    root = _slim(_drawn(drawn), dict.fromkeys(drawn.tips, ()))
    for group in list(root.iter(f"{{{SVG}}}g")):
        if (
            "opacity: 0;" in group.get("style", "") + ";"
            and "fill-opacity: 0;" in group.get("style", "") + ";"
        ):
            group.clear()  # markers that answer the pointer are of no use in a file
    return _text(root)


def png(drawn: Drawing) -> bytes:
    """The figure at twice the pixels, on white, for slides."""
    import matplotlib as mpl

    with mpl.rc_context(RC), io.BytesIO() as file:
        drawn.figure.savefig(file, format="png", dpi=144, facecolor="white", pil_kwargs={"compress_level": 3})
        return file.getvalue()


def pdf(drawings: Sequence[Drawing]) -> bytes:
    """The figures as one document, a page each, in which they share their fonts."""
    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import PdfPages

    with mpl.rc_context(RC), io.BytesIO() as file:
        with PdfPages(file, metadata={"CreationDate": None, "Producer": None, "Creator": None}) as pages:
            for drawn in drawings:
                pages.savefig(drawn.figure)
        return file.getvalue()


def numbers_csv(drawn: Drawing) -> str:
    """The numbers behind a figure, a row each."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([*drawn.numbers, *drawn.aside])
    return file.getvalue()


def numbers_json(drawn: Drawing, title: str) -> str:
    """The same as one object, its numbers as rows of `columns`, which also says what the axes are."""
    axes = {"x": drawn.axes.get_xlabel(), "y": drawn.axes.get_title(loc="left")}
    about = {
        "schema_version": 1,
        "title": title,
        "axes": axes,
        "columns": COLUMNS,
        "numbers": [*drawn.numbers, *drawn.aside],
    }
    return json.dumps(about, separators=(",", ":"), ensure_ascii=False) + "\n"


def embedded(drawn: Drawing, prefix: str, label: str) -> str:
    """A figure as an element of the page.

    Args:
        prefix: unique in the page; keeps the ids of one figure from those of another.
        label: what the figure shows, for screen readers.
    """
    root = _slim(_drawn(drawn), drawn.tips)
    for attribute in ("width", "height"):
        del root.attrib[attribute]
    root.attrib.update({"role": "img", "aria-label": label})
    text = _text(root, f"{prefix}-").replace("xlink:href", "href")
    return re.sub(r"#[0-9a-f]{6}", lambda found: THEME.get(found[0], found[0]), text)


def _drawn(drawn: Drawing) -> ElementTree.Element:
    import matplotlib as mpl

    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context(RC), io.BytesIO() as file:
        drawn.figure.savefig(file, format="svg", transparent=True, metadata=nothing)
        text = file.getvalue().decode()
    return ElementTree.fromstring(text[text.index("<svg") :])


def _slim(root: ElementTree.Element, tips: Mapping[str, Sequence[str]]) -> ElementTree.Element:
    """Without what no reader sees, a third of its size; markers with their titles."""
    for gid, texts in tips.items():
        group = root.find(f".//{{{SVG}}}g[@id='{gid}']")
        assert group is not None, gid
        for marker, text in zip(group.iter(f"{{{SVG}}}use"), texts, strict=False):
            ElementTree.SubElement(marker, f"{{{SVG}}}title").text = text
    used = set(re.findall(r"(?:url\(#|href=\"#)([^\")]+)", ElementTree.tostring(root, encoding="unicode")))
    for element in root.iter():
        _slim_element(element, used)
    root.set("style", f"font-family: {', '.join(RC['font.sans-serif'])}, sans-serif")
    return root


def _slim_element(element: ElementTree.Element, used: set[str]) -> None:
    if element.get("id") not in used:
        element.attrib.pop("id", None)
    for name, value in list(element.attrib.items()):
        short = LONG.sub(_rounded, UNTURNED.sub("", FONT.sub("", " ".join(value.split()))))
        short = short.replace(" L ", " ") if name == "d" else short  # a line is what follows a move anyway
        if short:
            element.set(name, short)
        else:
            del element.attrib[name]
    for child in list(element):
        child.tail = None
        if child.tag == f"{{{SVG}}}metadata" or (child.tag == f"{{{SVG}}}g" and not len(child)):
            element.remove(child)
    _share_style([child for child in element if child.tag == f"{{{SVG}}}use"], element)
    if not (element.text or "").strip():
        element.text = None


def _share_style(markers: Sequence[ElementTree.Element], group: ElementTree.Element) -> None:
    """Markers of one series say once how they look."""
    styles = {marker.get("style") for marker in markers}
    if len(markers) > 1 and len(styles) == 1 and "style" not in group.attrib:
        group.set("style", styles.pop() or "")
        for marker in markers:
            marker.attrib.pop("style", None)


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".removesuffix(".0")


def _text(root: ElementTree.Element, prefix: str = "i") -> str:
    """As text, its ids short and with that prefix."""
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    names: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        return found[1] + names.setdefault(found[2], f"{prefix}{len(names)}")

    text = NAMED.sub(named, ElementTree.tostring(root, encoding="unicode"))
    return STYLE.sub(lambda found: found[0].replace(": ", ":").replace("; ", ";"), text.replace(" />", "/>"))
