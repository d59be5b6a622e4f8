"""What is a run of a curve, and what is only a part of one: epochs, steps, the settings of a search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from steepness.laws.reading import Asked, read
from steepness.laws.reading.runs import read_runs
from tests.laws.reading.test_layouts import ERROR, M, written


def test_epochs_of_several_runs_in_one_table_are_no_runs_of_their_own(tmp_path: Path) -> None:
    sweep = [(m, epoch, 3 * m**-0.3 * (1 + abs(epoch - 4) / 10)) for m in M.tolist() for epoch in range(1, 7)]
    rows = "".join(f"{m},{epoch},{error}\n" for m, epoch, error in sweep)
    path = written(tmp_path / "sweep.csv", f"train_size,epoch,val_error\n{rows}")
    with pytest.raises(
        ValueError, match=r'"epoch" \(1, .*\) takes several values at one size.*--best-of epoch'
    ):
        read(path)
    np.testing.assert_allclose(read(path, best_of="epoch").curve.error, 3 * M**-0.3)
    assert len(read(path, as_is=True).curve.m) == 36
    with pytest.raises(ValueError, match=r'logged during one run \("epoch" counts its steps\)'):
        read(path, where=("train_size=1000",))
    stopped = "".join(
        f"{m},{seed},{9 + seed},{e}\n" for m, e in zip(M, ERROR, strict=True) for seed in (0, 1)
    )
    assert len(read(written(tmp_path / "runs.csv", f"m,seed,epoch,error\n{stopped}")).curve.m) == 12
    assert len(read(written(tmp_path / "runs.csv", f"m,run,epoch,error\n{stopped}")).curve.m) == 12


def test_epochs_of_a_search_are_chosen_together_with_what_was_searched(tmp_path: Path) -> None:
    rows = "".join(
        f"{m},{lr},{epoch},{e * (1 + 10 * lr) * (1 + abs(epoch - 2 - 10 * lr) / 10)}\n"
        for m, e in zip(M, ERROR, strict=True) for lr in (0.1, 0.01) for epoch in range(1, 6)
    )  # fmt: skip
    path = written(tmp_path / "search.csv", f"m,lr,epoch,error\n{rows}")
    with pytest.raises(ValueError, match='"epoch"'):
        read(path, best_of="lr")
    found = read(path, best_of=("lr", "epoch"))
    assert found.said.endswith("best lr and epoch at each m")
    np.testing.assert_allclose(found.curve.error, 1.1 * 1.01 * ERROR)


@pytest.mark.parametrize("asked", [{"where": ("params=2e6",)}, {"by": ("params",)}, {"seed": "params"}])
def test_the_log_of_one_run_is_told_among_others(tmp_path: Path, asked: dict[str, Any]) -> None:
    rows = "".join(
        f"{n},{step},{5e5 * step},{n**-0.1 + step**-0.2}\n" for n in (1e6, 2e6) for step in range(1, 11)
    )
    path = written(tmp_path / "logs.csv", f"params,step,tokens,loss\n{rows}")
    with pytest.raises(ValueError, match=r'logged during one run \("step" counts its steps\)'):
        read(path, **asked)
    assert "along one run" in read(path, **asked, along_run=True).said


def grid(path: Path) -> Path:
    """Sizes by data by two rates, of which the first is a fifth better."""
    rows = "".join(
        f"{n:g},{d:g},{lr},{(1.7 + 400 / n**0.34 + 410 / d**0.28) * (1 + (lr == 0.01) / 4)}\n"
        for n in (1e6, 1e7, 1e8) for d in (1e8, 1e9, 1e10) for lr in (0.001, 0.01)
    )  # fmt: skip
    return written(path, f"params,tokens,lr,val_loss\n{rows}")


def test_a_joint_law_asks_about_settings_and_takes_the_best_at_each_size_and_data(tmp_path: Path) -> None:
    path = grid(tmp_path / "grid.csv")
    with pytest.raises(ValueError, match=r'"lr" .* splits the rows') as refused:
        read_runs(path)
    assert "--by" not in str(refused.value)
    assert "--best-of lr (the best at each size and data)" in str(refused.value)
    best, some = read_runs(path, asked=Asked(best_of="lr")), read_runs(path, asked=Asked(where=("lr=.001",)))
    assert best.error.tolist() == some.error.tolist()
    assert len(best.error) == 9
    assert "best lr at each size and data" in best.said
    assert len(read_runs(path, asked=Asked(seed="lr")).error) == 18


def test_a_joint_law_asks_which_of_several_columns_of_errors(tmp_path: Path) -> None:
    head, *rows = grid(tmp_path / "grid.csv").read_text().replace("val_loss", "split0_test_loss").splitlines()
    wide = [f"{head},split1_test_loss", *(f"{row},{row.split(',')[-1]}" for row in rows if ",0.001," in row)]
    path = written(tmp_path / "wide.csv", "\n".join(wide))
    with pytest.raises(ValueError, match=r"2 columns of errors .* --error COLUMN"):
        read_runs(path)
    assert len(read_runs(path, asked=Asked(error="split1_test_loss")).error) == 9


def test_a_joint_law_refuses_options_that_mean_nothing_to_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no use for --m, --by, --counts; leave them out"):
        read_runs(grid(tmp_path / "grid.csv"), asked=Asked(m="foo", counts="bar", by=("lr",)))


def test_checkpoints_are_no_runs_of_a_joint_law_unless_asked_for_or_data_repeats(tmp_path: Path) -> None:
    rows = [(n, s, 5e5 * s, 1 + n**-0.1 + s**-0.2) for n in (1e6, 1e7, 1e8) for s in range(1, 11)]
    text = "".join(f"{n},{step},{d},{e},{min(d, 1e6)}\n" for n, step, d, e in rows)
    logs = written(tmp_path / "logs.csv", f"params,step,tokens,loss,distinct\n{text}")
    with pytest.raises(ValueError, match=r'logged during one run \("step" counts its steps\).*--along-run'):
        read_runs(logs)
    assert len(read_runs(logs, asked=Asked(along_run=True)).error) == 30
    assert len(read_runs(logs, unique="distinct").error) == 30
