"""An error of 0 in either arm, at whichever shards: it is explained, and the rest is compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from steepness.compare.contrast import Contrast, contrast
from steepness.compare.page import write_comparison
from steepness.training.trial import Record
from tests.report.test_zeros import zero_from
from tests.synthetic import synthetic

ERRORS = {  # the first metric of every domain of ours, and of a stranger's
    "char_lm": "cross_entropy_nats", "image": "cross_entropy_nats", "nmt": "token_error",
    "speech": "character_error_rate", "made_up": "loss",
}  # fmt: skip
EVERYWHERE, NOWHERE = 0, 10**9


def compared(folder: Path, zeros: tuple[int, int], domain: str = "made_up") -> Contrast:
    """Arms that err 0 from a shard on, and are alike otherwise."""
    metric = ERRORS[domain]
    studies = [
        synthetic(folder / name, domain=domain, metrics=(metric,), change=zero_from(start, metric))
        for name, start in zip("ab", zeros, strict=True)
    ]
    return contrast(studies[0], studies[1], ("old", "new"))


def page(found: Contrast, folder: Path) -> str:
    """The page, which must be whole; and JSON that any reader takes."""
    write_comparison(found, folder / "page")
    json.loads((folder / "page" / "compare.json").read_text(), parse_constant=pytest.fail)
    text = (folder / "page" / "compare.html").read_text()
    assert "could not be drawn" not in text
    assert (folder / "page" / "compare.md").is_file()
    return text


@pytest.mark.parametrize("domain", list(ERRORS))
@pytest.mark.parametrize("zeros", [(256_000, NOWHERE), (NOWHERE, 256_000), (512_000, 256_000)])
def test_the_shards_above_0_are_compared(domain: str, zeros: tuple[int, int], tmp_path: Path) -> None:
    found = compared(tmp_path, zeros, domain)
    assert found.zeros == (256_000, 512_000)
    assert found.shift.value is not None
    assert found.shift.value.m == (8_000, 16_000, 32_000, 64_000, 128_000)
    assert 0 in found.shift.value.overall
    assert found.laws.value is not None
    text = page(found, tmp_path)
    assert "Left out is m = 256,000 and 512,000, where an error of 0 has no ratio to another." in text
    assert "errs 0 at m = " in text


def test_no_law_goes_on_from_an_error_of_0(tmp_path: Path) -> None:
    found = compared(tmp_path, (512_000, NOWHERE))
    assert found.baseline.ahead.value is None
    assert "its error is 0 at m = 512,000, and no law goes on from there" in page(found, tmp_path)
    assert found.candidate.ahead.value is not None


@pytest.mark.parametrize("zeros", [(EVERYWHERE, EVERYWHERE), (EVERYWHERE, NOWHERE), (NOWHERE, 16_000)])
def test_arms_without_enough_errors_are_still_a_page(zeros: tuple[int, int], tmp_path: Path) -> None:
    found = compared(tmp_path, zeros)
    assert found.shift.value is None
    text = page(found, tmp_path)
    assert "cannot tell" in text
    assert "errs 0 at m = " in text


def test_one_lucky_run_leaves_its_shard_out_whole(tmp_path: Path) -> None:
    def lucky(record: Record) -> Record:
        here = (record.trial.m, record.trial.seed) == (64_000, 2)
        return zero_from(64_000, "loss")(record) if here else record

    studies = [synthetic(tmp_path / "a"), synthetic(tmp_path / "b", change=lucky)]
    found = contrast(studies[0], studies[1], ("old", "new"))
    assert found.zeros == (64_000,)
    assert found.shift.value is not None
    assert found.shift.value.m == (8_000, 16_000, 32_000, 128_000, 256_000, 512_000)
    page(found, tmp_path)
