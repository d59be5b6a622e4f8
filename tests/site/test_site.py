"""The site as files: every page is there and hangs together, and What if says what the command says."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from steepness.cli.app import app
from steepness.compare.stored import stored_in
from steepness.compare.table import central_claim, headline, pooled_table
from steepness.site.build import write_site
from steepness.site.catalogue import names
from steepness.site.tables import PUBLISHED, ROOT
from steepness.study import load_study
from steepness.study.manifest import MANIFEST
from tests.site.conftest import forecasts, published

pytestmark = pytest.mark.slow


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def test_every_study_comparison_and_the_paper_has_a_page(site: Path) -> None:
    names = {str(path.parent.relative_to(site)) for path in pages(site)}
    studies = {f"{name}-cpu" for name in ("word_lm", "char_lm", "image", "nmt", "speech")}
    assert {".", "whatif", "paper", "nightly", "compare-nmt-cpu-lstm", *studies} <= names
    assert names == {".", "whatif", "paper", "nightly", *published()}


def test_comparisons_that_share_a_folder_have_a_page_each(tmp_path: Path) -> None:
    pairs = [
        tmp_path / "arms" / f"a-00000000--vs--{arm}" for arm in ("b-11111111", "b-22222222", "c-33333333")
    ]
    assert names(pairs) == ["arms-b-11111111", "arms-b-22222222", "arms-c"]


def test_every_link_leads_somewhere(site: Path) -> None:
    texts = {path: path.read_text() for path in pages(site)}
    for path, text in texts.items():
        for link in re.findall(r'<a [^>]*href="([^"]+)"', text):
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            assert target.exists(), (path, link)
            if anchor and target in texts and "/" not in anchor:
                assert f'id="{anchor}"' in texts[target], (path, link)


def test_pages_follow_one_another_and_lead_home(site: Path) -> None:
    at, seen = site / "whatif" / "index.html", []
    while at:
        text = at.read_text()
        assert 'class="home" href="../index.html"' in text
        assert '<link rel="stylesheet" href="../style.css">' in text
        seen.append(at)
        found = re.search(r'rel="next" href="([^"]+)"', text)
        at = (at.parent / found[1]).resolve() if found else None
    assert len(seen) == len(pages(site)) - 1


def test_ten_studies_fit_three_megabytes(tmp_path: Path) -> None:
    for study in (ROOT / PUBLISHED).glob(f"*/{MANIFEST}"):
        for name in ("", "again-"):
            shutil.copytree(study.parent, tmp_path / "studies" / f"{name}{study.parent.name}")
    site = write_site(tmp_path / "studies", tmp_path / "site").parent
    assert len(list(site.glob("*-cpu/*-cpu.json"))) == 10
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 3e6


def test_the_published_site_stays_under_three_megabytes(site: Path) -> None:
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 3e6


def test_the_front_page_says_what_all_comparisons_come_to(site: Path) -> None:
    claim = central_claim(stored_in([ROOT / PUBLISHED]))
    said = html.unescape((site / "index.html").read_text())
    assert f"{headline(claim)} The paper: " in said
    for row in pooled_table(claim).rows:
        assert "".join(f"<td>{text}" for text in row) in said


def test_a_study_comes_as_one_file_and_says_what_the_command_says(site: Path) -> None:
    told = json.loads((site / "word_lm-cpu" / "word_lm-cpu.json").read_text())
    study = load_study(ROOT / PUBLISHED / "word_lm-cpu")
    summary = json.loads(msgspec.json.encode(study.summary()))
    assert {name: told[name] for name in summary} == summary
    columns = dict(zip(told["records"]["columns"], zip(*told["records"]["rows"], strict=True), strict=True))
    for name, values in columns.items():
        if name.startswith("validation."):
            errors = [r.validation.get(name.partition(".")[2]) for r in study.records]
            assert list(values) == pytest.approx(errors, rel=1e-7)
    assert columns["id"] == tuple(r.id for r in study.records)
    assert columns["learning_rate"] == tuple(r.trial.training.learning_rate for r in study.records)
    assert "validation.cross_entropy_nats" in columns
    page = (site / "word_lm-cpu" / "index.html").read_text()
    assert '<a href="word_lm-cpu.json" download>' in page


def test_every_figure_of_every_page_has_its_table_and_holds_its_numbers(site: Path) -> None:
    for path in pages(site):
        if path.parent.name == "whatif":
            continue
        for figure in re.findall(r"<figure id.*?</figure>", path.read_text(), re.DOTALL):
            assert '<script type="application/json">{"name":' in figure, (path, figure[:200])
            assert '<details class="numbers">' in figure, (path, figure[:200])


def test_the_papers_lines_stand_beside_ours(site: Path) -> None:
    front = (site / "index.html").read_text()
    for line in ("lstm-4", "rhn-5", "rhn-10-adam", "lstm-208", "lstm-512", "attention"):
        assert f">{line}</text>" in front, line
    assert ">training data, m (images per class)<" in front
    assert ">training data, m (hours)<" in front


TRIPLE = re.compile(r"[−+]?([\d,]+\.?\d*)(?: %)? \(([−+]?)([\d,]+\.?\d*)(?:…| to )([−+]?)([\d,]+\.?\d*)\)")


def words_of(page: Path) -> str:
    """What a page says, line by line, without its code."""
    text = re.sub(r"<(script|style|code|pre|svg)\b.*?</\1>", "", page.read_text(), flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", "\n", text))


def test_numbers_are_written_one_way_on_every_page(site: Path) -> None:
    for page in pages(site):
        said = words_of(page)
        assert not re.findall(r"\bm = (?:[\d,]+(?:, | and ))*\d{4,}.*", said), page
        assert not re.findall(r".*\b\d{4,} (?:times|words|tokens|characters|images|hours|seconds)\b", said), (
            page
        )
        assert not re.findall(r".*(?:m\^[−\-\d]|</?sup).*", said), page
        assert not re.findall(r".*\([^()\n]*\([^()\n]*\).*", said), page
        # What a study noted of its data is stored as it was written then.
        ours = "\n".join(line for line in said.splitlines() if "entries in the vocabulary" not in line)
        assert not re.findall(r".*\d%.*|.*%…[^\n]*%.*", ours), page
        assert not re.findall(
            r".*(?<![.,\d])1 (?:nights|trials|seeds|metrics|curves|studies|shards|faults|pages)\b.*", said
        ), page


def test_a_value_and_its_bounds_have_one_precision_on_every_page(site: Path) -> None:
    found = [(page, match) for page in pages(site) for match in TRIPLE.finditer(words_of(page))]
    assert len(found) > 100
    for page, match in found:
        value, below, low, above, high = match.groups()
        sizes = [float(n.replace(",", "")) for n in (value, low, high)]
        if min(sizes) > 0 and max(sizes) < 9 * min(sizes) and below == above:
            places = {len(n.partition(".")[2]) for n in (value, low, high)}
            assert len(places) == 1, (page, match[0])


def test_planted_nights_are_marked(site: Path) -> None:
    page = (site / "nightly" / "index.html").read_text()
    assert "(planted: planted:Worse)" in page
    assert "hollow: planted" in page


def test_ids_are_unique(site: Path) -> None:
    for path in pages(site):
        ids = re.findall(r' id="([^"]+)"', path.read_text())
        assert len(ids) == len(set(ids)), path


@pytest.mark.parametrize("place", [1, 6])
def test_what_if_says_what_forecast_says(site: Path, place: int) -> None:
    for curve in forecasts(site)["curves"]:
        ahead, target = curve["ahead"][place], curve["targets"][place]
        table = str(site / curve["id"].split("/")[0] / "curves.csv")
        words = ["forecast", table, "--curve", curve["curve"], "--at", str(ahead["m"])]
        words += ["--target", str(target["target"])]
        said = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)["curves"][0]
        row, needed = said["forecast"][0], said["data_for_target"]
        assert ahead["error"] == pytest.approx([row["value"], row["low"], row["high"]], rel=1e-4)
        if "m" in target:
            told = [needed[name] for name in ("value", "low", "high")]
            for ours, theirs in zip(target["m"], told, strict=True):
                assert (ours is None) == (theirs is None)
                assert ours is None or ours == pytest.approx(theirs, rel=1e-4)
        else:
            assert needed["reason"] == target["reason"]


def test_without_a_study_the_command_says_what_it_wants(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["site", str(tmp_path), "--out", str(tmp_path / "out")])
    assert said.exit_code == 2
    assert "no study below" in said.output
