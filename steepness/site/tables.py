"""The tables of READMEs, made from stored records: `python -m steepness.site.tables` writes them, a test compares them.

A table stands between two comments, `<!-- table: NAME -->` and `<!-- end -->`; what is between them is generated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from steepness.compare.stored import stored_in
from steepness.compare.table import central_claim, differences_table, pooled_table, sizes_table
from steepness.press.page import page_environment, write_text
from steepness.press.table import Table
from steepness.site import exponents
from steepness.site.catalogue import read_catalogue

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = Path("results/published")
PLACE = re.compile(r"(<!-- table: ([\w/]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def tables(source: Path) -> dict[str, Table]:
    """Every table that a README may ask for, by name, of a folder of studies and comparisons."""
    catalogue, claim = read_catalogue(source), central_claim(stored_in([source]))
    quoted, fitted = list(catalogue.quoted()), list(catalogue.fitted())
    domains = sorted({study.manifest.domain for study, _ in fitted})
    return {
        "exponents": exponents.summary(quoted),
        "studies": exponents.studies(quoted),
        "comparisons": exponents.comparisons(catalogue.comparisons),
        "differences": differences_table(claim),
        "pooled": pooled_table(claim),
        "sizes": sizes_table(claim),
        **{
            f"domain/{name}": exponents.of_domain([q for q in fitted if q[0].manifest.domain == name])
            for name in domains
        },
    }


def filled(text: str, tables: Mapping[str, Table]) -> str:
    """The text with every table in its place.

    Raises:
        ValueError: it asks for a table that there is none of.
    """
    template = page_environment("press").from_string(
        '{% from "macros.md.j2" import table %}{{ table(wanted) }}'
    )

    def place(match: re.Match[str]) -> str:
        if match[2] not in tables:
            raise ValueError(f"there is no table {match[2]}; there are {', '.join(tables)}")
        lines = template.render(wanted=tables[match[2]]).strip().splitlines()
        return "\n".join([match[1].rstrip(), *map(str.rstrip, lines), match[3]])

    return PLACE.sub(place, text)


def readmes(root: Path) -> list[Path]:
    """The files below a checkout that have tables."""
    places = [root / "README.md", root / PUBLISHED / "README.md", *sorted(root.glob("domains/*/README.md"))]
    return [path for path in places if PLACE.search(path.read_text())]


def main() -> None:
    """Write every table of this checkout anew."""
    found = tables(ROOT / PUBLISHED)
    for path in readmes(ROOT):
        write_text(path, filled(path.read_text(), found))
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
