"""The harness computes what a plain PyTorch script computes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.steps.beside import compare
from benchmarks.steps.task import Work

ROOT = Path(__file__).parents[2]
PROSE = ("LICENSE", "CONTRIBUTING.md", "README.md")  # real English text that is always here, and grows


def test_same_loss_as_a_plain_script_after_200_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEEPNESS_CACHE", str(tmp_path))
    text = tmp_path / "text.txt"
    lines = [line for name in PROSE for line in (ROOT / name).read_text().splitlines()]
    text.write_text("\n\n".join(lines))
    options = {
        "vocabulary": 1000,
        "context": 4,
        "evaluation_units": 100,
        "monitor_units": 100,
        "test_units": 100,
    }
    settings = [f"options.{name}={value}" for name, value in options.items()]
    settings += [f"dataset=text:{text}", "options.least_steps=0", "training.batch_size=2"]
    work = Work(domain="word_lm", steps=200, settings=tuple(settings), size=8, m=1600)
    (ours,), (theirs,) = compare(work, 1, ("harness", "plain")).values()
    assert len(ours.losses) == len(theirs.losses) == 200
    assert ours.losses == pytest.approx(theirs.losses, rel=1e-6)
