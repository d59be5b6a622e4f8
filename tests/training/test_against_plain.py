"""The harness computes what a plain PyTorch script computes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.plain_loop import compare

ROOT = Path(__file__).parents[2]
PROSE = ("LICENSE", "CONTRIBUTING.md", "README.md")  # real English text that is always here


def test_same_loss_as_a_plain_script_after_200_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEEPNESS_CACHE", str(tmp_path))
    text = tmp_path / "text.txt"
    lines = [line for name in PROSE for line in (ROOT / name).read_text().splitlines()]
    text.write_text("\n\n".join(lines))
    options = {"vocabulary": 200, "context": 4, "evaluation_units": 100, "monitor_units": 100}
    size, m, rows, steps = 8, 1600, 2, 200
    found = compare(f"text:{text}", options, 1, size, m, rows, steps)
    assert found["harness"]["loss"] == pytest.approx(found["plain"]["loss"], rel=1e-6)
