"""What READMEs say of stored studies is what the records say today."""

from __future__ import annotations

import re

import pytest

from steepness.press.table import Table
from steepness.site.catalogue import Catalogue, read_catalogue
from steepness.site.tables import PUBLISHED, ROOT, filled, readmes, tables


@pytest.fixture(scope="module")
def published() -> Catalogue:
    return read_catalogue(ROOT / PUBLISHED)


@pytest.fixture(scope="module")
def made() -> dict[str, Table]:
    return tables(ROOT / PUBLISHED)


def test_every_readme_has_its_tables() -> None:
    names = {str(path.relative_to(ROOT)) for path in readmes(ROOT)}
    domains = {f"domains/{name}/README.md" for name in ("word_lm", "char_lm", "image", "nmt", "speech")}
    assert names == {"README.md", "results/published/README.md", *domains}


def test_no_table_is_stale(made: dict[str, Table]) -> None:
    for path in readmes(ROOT):
        text = path.read_text()
        assert filled(text, made) == text, f"{path.name} is stale: run `make tables`"


def test_the_summary_says_what_each_study_says(published: Catalogue, made: dict[str, Table]) -> None:
    rows = made["exponents"].rows
    assert {row[0] for row in rows} == {"word_lm", "char_lm", "image", "nmt", "speech"}
    for (_, curve), row in zip(published.quoted(), rows, strict=True):
        value, low, high = map(float, re.findall(r"-?\d\.\d+", row[5].replace("−", "-")))
        assert (value, low, high) == pytest.approx(
            (curve.quoted.beta_g.value, curve.quoted.beta_g.low, curve.quoted.beta_g.high), abs=6e-4
        )
        assert curve.verdict is not None
        assert row[7] == curve.verdict.in_words()


def test_a_table_that_is_not_there_is_named(made: dict[str, Table]) -> None:
    with pytest.raises(ValueError, match="no table other; there are exponents"):
        filled("<!-- table: other -->\n<!-- end -->", made)


def test_nothing_published_says_where_it_was_made() -> None:
    texts = (
        path for path in (ROOT / PUBLISHED).rglob("*") if path.suffix in (".json", ".md", ".html", ".csv")
    )
    assert [str(path) for path in texts if re.search(r"/(tmp|home|root|work|Users)/", path.read_text())] == []
