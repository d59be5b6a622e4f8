"""A drawing as files and as an element of a page: slim SVG, PNG, PDF, and the numbers as CSV and JSON.

Inside a page each colour becomes a CSS variable, so that figures follow the reader's light or dark theme, and each
marker carries a `<title>`, which the page's script turns into a label.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from typing import Any
from xml.etree import ElementTree

from steepness.press.canvas import RC, THEME, Drawing, Number
from steepness.press.paths import SVG
from steepness.press.slim import as_text, named_styles, slim

NAMESPACE = re.compile(r' xmlns(:\w+)?="[^"]*"')
JOINS = re.compile(r'<defs><style type="text/css">[^<]*</style></defs>')
"""How lines meet, which a page says once for all its figures."""
COLUMNS = ("series", "x", "y", "low", "high")


def svg(drawn: Drawing) -> str:
    """The figure as a file: colours fixed, text as text; the same input gives the same bytes."""
    root = slim(ElementTree.fromstring(drawn.markup), dict.fromkeys(drawn.tips, ()))
    for group in list(root.iter(f"{{{SVG}}}g")):
        if (
            "opacity: 0;" in group.get("style", "") + ";"
            and "fill-opacity: 0;" in group.get("style", "") + ";"
        ):
            group.clear()  # markers that answer the pointer are of no use in a file
    root.set("style", f"{root.get('style')}; background: #fff")  # dark pages show it, too
    return named_styles(as_text(root))


def png(drawn: Drawing) -> bytes:
    """The figure at twice the pixels, on white."""
    import matplotlib as mpl

    with mpl.rc_context(RC), io.BytesIO() as file:
        drawn.figure.savefig(file, format="png", dpi=144, facecolor="white", pil_kwargs={"compress_level": 3})
        return file.getvalue()


class Album:
    """Figures as one PDF, a page each, in which they share their fonts."""

    def __init__(self) -> None:
        from matplotlib.backends.backend_pdf import PdfPages

        self._file = io.BytesIO()
        self._pages: Any = PdfPages(
            self._file, metadata={"CreationDate": None, "Producer": None, "Creator": None}
        )

    def add(self, drawn: Drawing) -> int:
        """Add a figure; its page, from 1."""
        import matplotlib as mpl

        with mpl.rc_context(RC):
            self._pages.savefig(drawn.figure)
        return int(self._pages.get_pagecount())

    def close(self) -> bytes:
        """The document; nothing can be added after."""
        self._pages.close()
        return self._file.getvalue()


def numbers_csv(drawn: Drawing) -> str:
    """The numbers behind a figure, a row each."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([*drawn.numbers, *drawn.aside])
    return file.getvalue()


def numbers_json(drawn: Drawing, title: str) -> str:
    """The same as one object, its numbers as rows of `columns`, which also says what the axes are; a row without bounds
    ends before them."""
    numbers = [_short(n) for n in (*drawn.numbers, *drawn.aside)]
    columns = COLUMNS[: max(map(len, numbers), default=0)]
    about = {
        "schema_version": 1,
        "title": title,
        "axes": drawn.names,
        "columns": columns,
        "numbers": numbers,
    }
    return json.dumps(about, separators=(",", ":"), ensure_ascii=False) + "\n"


def numbers_of_page(drawn: Drawing, name: str, title: str) -> dict[str, Any]:
    """The same, by series, for a page's script to make those two files of; `name` is their stem."""
    series = itertools.groupby((*drawn.numbers, *drawn.aside), lambda n: n.series)
    rows = [[said, [_short(n)[1:] for n in members]] for said, members in series]
    return {"name": name, "title": title, "axes": drawn.names, "columns": COLUMNS, "series": rows}


def _short(n: Number) -> tuple[Any, ...]:
    return n if (n.low, n.high) != (None, None) else n[:3]


def embedded(drawn: Drawing, prefix: str, label: str, *, told: bool = True) -> str:
    """A figure as an element of the page.

    Args:
        prefix: unique in the page; keeps the ids of one figure from those of another.
        label: what the figure shows, for screen readers.
        told: write each marker's text; otherwise its place alone, for a page that has the text at the figure's twin.
    """
    tips = drawn.tips if told else {gid: [""] * len(texts) for gid, texts in drawn.tips.items()}
    root = slim(ElementTree.fromstring(drawn.markup), tips)
    for attribute in ("width", "height", "style"):
        del root.attrib[attribute]
    root.attrib.update({"role": "img", "aria-label": label})
    text = NAMESPACE.sub("", JOINS.sub("", as_text(root, f"{prefix}-").replace("xlink:href", "href")))
    return re.sub(r"#[0-9a-f]{6}", lambda match: THEME.get(match[0], match[0]), text)
