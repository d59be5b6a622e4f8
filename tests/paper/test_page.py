from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from steepness.paper.page import as_text, write_page
from steepness.paper.refit import Refit, refit_paper


@pytest.fixture(scope="module")
def refits() -> list[Refit]:
    return refit_paper()


def test_every_published_exponent_comes_back_over_its_own_shards(refits: list[Refit]) -> None:
    assert len(refits) == 13
    for refit in refits:
        assert refit.claim.beta_g in refit.published.beta_g, refit.claim.id
        assert refit.verdict == "comes back", refit.claim.id


def test_published_size_laws_come_back(refits: list[Refit]) -> None:
    judged = [r for r in refits if r.size_verdict]
    assert {r.claim.id.split("/")[0] for r in judged} == {"word_lm", "image"}
    assert all(r.size and r.claim.beta_p == pytest.approx(r.size.beta_p.value, abs=0.01) for r in judged)


def test_small_data_of_the_image_curves_is_found_near_25_images_a_class(refits: list[Refit]) -> None:
    for refit in refits:
        if refit.claim.domain == "image":
            assert refit.fit.boundary is not None
            assert 5 < refit.fit.boundary.value < 30
        else:
            assert refit.fit.boundary is None, refit.claim.id


def test_form_moves_the_exponent_more_than_architecture(refits: list[Refit]) -> None:
    words = [r.fit for r in refits if r.claim.domain == "word_lm"]
    power = [f.of("power", "all").beta_g.value for f in words]
    constant = [f.of("power_constant", "all").beta_g.value for f in words]
    assert max(constant) < 1.5 * min(power)
    assert max(power) - min(power) < 0.002


def test_text_and_page_show_every_curve(refits: list[Refit], tmp_path: Path) -> None:
    page = write_page(refits, tmp_path / "paper.html").read_text()
    said = as_text(refits)
    for refit in refits:
        assert refit.claim.id in said
        assert f"<h3>{refit.claim.id} <a" in page
    assert page.count("<svg viewBox") == 13
    assert "13 of 13 published exponents" in page
    for outside in ("src=", "stylesheet", "@import", "url(http"):
        assert outside not in page


def test_captions_are_sentences_and_axes_say_their_units(refits: list[Refit], tmp_path: Path) -> None:
    page = write_page(refits, tmp_path / "paper.html").read_text()
    captions = re.findall(r"<figcaption>(.*?)\n", page)
    assert len(captions) == 13
    for caption in captions:
        assert re.fullmatch(r"[A-Z0-9].*[^.]\.", caption)
        assert not re.search(r"\. [a-z]", caption), caption
    names = re.findall(r">([^<>]*\([^<>]*\))</text>", page)
    assert names.count("cross entropy (nats)") == 6
    assert names.count("training data, m (words)") == 3
    assert len(names) == 2 * 13, "an axis without a unit"


def test_json(refits: list[Refit]) -> None:
    said = json.loads(json.dumps([r.as_dict() for r in refits]))
    assert said[0]["claim"]["id"] == "nmt/lstm-208"
    assert said[0]["verdict"] == "comes back"
