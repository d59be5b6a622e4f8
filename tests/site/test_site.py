"""The site as files: every page is there and hangs together, and What if says what the command says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from steepness.cli.app import app

pytestmark = pytest.mark.slow


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def test_every_study_comparison_and_the_paper_has_a_page(site: Path) -> None:
    names = {str(path.parent.relative_to(site)) for path in pages(site)}
    studies = {f"{name}-cpu" for name in ("word_lm", "char_lm", "image", "nmt", "speech")}
    assert names == {".", "whatif", "paper", "compare-image-cpu", "compare-nmt-cpu", *studies}


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
        seen.append(at)
        found = re.search(r'rel="next" href="([^"]+)"', text)
        at = (at.parent / found[1]).resolve() if found else None
    assert len(seen) == len(pages(site)) - 1


def test_ids_are_unique(site: Path) -> None:
    for path in pages(site):
        ids = re.findall(r' id="([^"]+)"', path.read_text())
        assert len(ids) == len(set(ids)), path


@pytest.mark.parametrize("place", [1, 6])
def test_what_if_says_what_forecast_says(site: Path, place: int) -> None:
    for curve in json.loads((site / "whatif" / "forecasts.json").read_text())["curves"]:
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
