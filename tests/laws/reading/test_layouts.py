"""Layouts that tools write, frames, several files, standard input; and faults named with file and line."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import steepness
from steepness.laws.reading import Asked, Curve, read

M = np.array([1000.0 * 2**i for i in range(6)])
ERROR = 2 * M**-0.3
TRAINER = {
    "best_metric": 0.4, "epoch": 4.0, "global_step": 400, "train_batch_size": 8,
    "log_history": [
        {"epoch": 1.0, "learning_rate": 1e-4, "loss": 1.2, "step": 100},
        {"epoch": 1.0, "eval_loss": 0.9, "eval_runtime": 3.1, "step": 100},
        {"epoch": 2.0, "eval_loss": 0.7, "eval_runtime": 3.0, "step": 200},
        {"epoch": 4.0, "eval_loss": 0.8, "eval_runtime": 3.2, "step": 400},
    ],
}  # fmt: skip


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def same(found: Curve) -> bool:
    return bool(np.allclose(found.m, M) and np.allclose(found.error, ERROR))


@pytest.mark.parametrize(
    "source",
    [
        {"m": M.tolist(), "error": ERROR.tolist()},
        [{"m": m, "error": e} for m, e in zip(M, ERROR, strict=True)],
        pd.DataFrame({"train_size": M, "test_error": ERROR}),
        pd.DataFrame({"m": [*M, 9], "error": [*ERROR, None]}).convert_dtypes(),
        pl.DataFrame({"tokens": M, "val_acc": 1 - ERROR, "train_acc": ERROR}),
    ],
)
def test_frames_mappings_and_records(source: Any) -> None:
    assert same(read(source).curve)


def test_json_lines_gzip_parquet_and_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(
        json.dumps({"config": {"train_size": m}, "error": e}) + "\n" for m, e in zip(M, ERROR, strict=True)
    )
    assert same(read(written(tmp_path / "runs.jsonl", lines)).curve)
    (tmp_path / "runs.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    assert same(read(tmp_path / "runs.jsonl.gz").curve)
    pd.DataFrame({"m": M, "error": ERROR}).to_parquet(tmp_path / "runs.parquet")
    assert same(read(tmp_path / "runs.parquet").curve)
    text = "m  error\n" + "".join(f"{m:.0f}  {e!r}\n" for m, e in zip(M, ERROR.tolist(), strict=True))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    found = read("-")
    assert same(found.curve)
    assert found.said.startswith("6 rows of standard input (spaces)")


def test_tensorboard_events(tmp_path: Path) -> None:
    tensorboard = pytest.importorskip("torch.utils.tensorboard")
    with tensorboard.SummaryWriter(tmp_path) as writer:
        for m, e in zip(M, ERROR, strict=True):
            writer.add_scalar("eval/loss", e, int(m))
    events = next(tmp_path.glob("events*"))
    with pytest.raises(ValueError, match="logged during one run"):
        read(events)
    np.testing.assert_allclose(read(events, asked=Asked(along_run=True)).curve.error, ERROR, rtol=1e-6)


def test_one_trainer_state_is_a_run_and_several_are_a_curve(tmp_path: Path) -> None:
    paths = []
    for i, steps in enumerate((100, 200, 400)):
        state = TRAINER | {"global_step": 4 * steps}
        state["log_history"] = [r | {"eval_loss": r["eval_loss"] * 0.8**i} if "eval_loss" in r else r
                                for r in TRAINER["log_history"]]  # type: ignore[attr-defined]  # fmt: skip
        (tmp_path / f"run{i}").mkdir()
        paths.append(written(tmp_path / f"run{i}" / "trainer_state.json", json.dumps(state)))
    with pytest.raises(ValueError, match="logged during one run"):
        read(paths[0])
    assert read(paths[0], asked=Asked(along_run=True)).curve.error.tolist() == [0.9, 0.7, 0.8]
    found = read(*paths)
    assert found.curve.m.tolist() == [800, 1600, 3200]
    np.testing.assert_allclose(found.curve.error, [0.7, 0.56, 0.448])
    assert "the lowest error of each run" in found.said


@pytest.mark.parametrize(
    "head",
    [
        "epoch,step,train_loss,val_loss",
        "epoch,accuracy,loss,val_accuracy,val_loss",
        "_step,_runtime,eval/loss",
    ],
)
def test_loggers_of_one_run_are_told(tmp_path: Path, head: str) -> None:
    rows = "".join(
        f"{','.join(str(i + j / 10) for j in range(1, head.count(',') + 2))}\n" for i in range(1, 7)
    )
    path = written(tmp_path / "metrics.csv", f"{head}\n{rows}")
    with pytest.raises(ValueError, match="logged during one run"):
        read(path)
    assert "along one run" in read(path, asked=Asked(along_run=True)).said


def test_tokens_that_grow_with_the_steps_of_one_run_are_told_from_those_of_many_runs(tmp_path: Path) -> None:
    rows = [f"{100 * i},{2e6 * 100 * i},{3 * (100 * i) ** -0.2}" for i in range(1, 9)]
    log = written(tmp_path / "log.csv", "\n".join(["_step,throughput/total_tokens,eval/loss", *rows]))
    with pytest.raises(ValueError, match=r'logged during one run \("_step" counts its steps\)'):
        read(log)
    assert read(log, asked=Asked(along_run=True)).curve.m[0] == 2e8
    runs = written(tmp_path / "runs.csv", "\n".join(["steps,tokens,val_loss", *rows]))
    assert len(read(runs).curve.m) == 8


def test_an_export_of_runs_asks_about_the_setting_and_not_about_bookkeeping(tmp_path: Path) -> None:
    head = "Name,State,Notes,User,Tags,Created,Runtime,lr,train_size,eval/accuracy,eval/loss\n"
    rows = [
        f"run-{i}{lr},finished,-,ann,{'ab'[i % 2]},2026-01-0{i + 1},{90 + i},{lr},{m:.0f},"
        f"{1 - e / 2},{e * (1 + 10 * lr)}\n"
        for i, (m, e) in enumerate(zip(M, ERROR, strict=True)) for lr in (0.1, 0.01)
    ]  # fmt: skip
    path = written(
        tmp_path / "wandb.csv", head + "".join(rows) + "run-9,crashed,-,ann,a,2026-02-01,3,0.1,64000,,\n"
    )
    with pytest.raises(ValueError, match=r'"lr" .*splits the rows'):
        read(path)
    found = read(path, asked=Asked(best_of="lr"))
    assert found.said.endswith("error = eval/loss, best lr at each m, 1 row without both skipped")
    np.testing.assert_allclose(found.curve.error, 1.1 * ERROR)
    assert read(path, asked=Asked(accuracy="eval/accuracy", where=("lr=.1",))).curve.error[
        0
    ] == pytest.approx(ERROR[0] / 2)


def test_columns_of_scaling_studies_in_the_open(tmp_path: Path) -> None:
    """Names as nanochat's sweeps have them: one law per budget of compute, or along the best of each budget."""
    head = "flops_budget,depth,model_dim,params_total,num_iterations,tokens_trained,val_bpb,train_time_sec\n"
    rows = "".join(
        f"{b},{d},{64 * d},{d * 1e7},{i + 1},{m},{e * (1 + abs(d - 8) / 10) * b**-0.01},{60 * d}\n"
        for i, (m, e) in enumerate(zip(M, ERROR, strict=True)) for b in (1e18, 2e18) for d in (6, 8, 10)
    )  # fmt: skip
    path = written(tmp_path / "results.csv", head + rows)
    with pytest.raises(ValueError, match=r'"flops_budget" .*splits the rows'):
        read(path)
    found = read(path, asked=Asked(by=("flops_budget",), best_of="depth"))
    assert [c.name for c in found.curves] == ["1e+18", "2e+18"]
    assert "m = tokens_trained, error = val_bpb" in found.said
    np.testing.assert_allclose(found.curves[0].error, ERROR * 1e18**-0.01)


def test_seeds_counts_and_ranges(tmp_path: Path) -> None:
    rows = "".join(
        f"{m:.0f},{e},{seed},{2 + seed}\n" for m, e in zip(M, ERROR, strict=True) for seed in (0, 1)
    )
    path = written(tmp_path / "runs.csv", f"m,error,fold,runs\n{rows}")
    with pytest.raises(ValueError, match=r'"runs" .* splits the rows'):
        steepness.read(path, seed="fold")
    found = read(path, asked=Asked(counts="runs", first=2000, last=16000))
    assert "seed = fold" in found.said
    assert found.curve.seeds == ("0", "1") * 4
    assert found.curve.more["counts"].tolist() == [2, 3] * 4
    weighed = read(path, asked=Asked(weights="runs")).curve
    assert weighed.more["weights"].tolist() == [2, 3] * 6
    assert weighed.fit().beta_g.value == pytest.approx(-0.3)
    assert (found.curve.m.min(), found.curve.m.max()) == (2000, 16000)


def test_several_files_are_one_table_that_asks_what_a_file_is(tmp_path: Path) -> None:
    paths = []
    for name, k in (("a", 1.0), ("b", 1.1)):
        rows = "".join(f"{m},{e * k}\n" for m, e in zip(M, ERROR, strict=True))
        paths.append(written(tmp_path / f"{name}.csv", f"m,error\n{rows}"))
    with pytest.raises(ValueError, match=r'"file" .*splits the rows'):
        read(*paths)
    assert len(read(*paths, asked=Asked(seed="file")).curve.m) == 12
    first, second = read(*paths, asked=Asked(by=("file",))).curves
    np.testing.assert_allclose(second.error, 1.1 * first.error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "m;error\n1000;0,5\n2000;hoch\n",
            r'runs.csv:3: error is "hoch", not a number \(columns: m, error; semicolons\)',
        ),
        ("# made by hand\n\nm,error\n1,0.5\n2,x\n", r'runs.csv:5: error is "x"'),
        ("m,error\n1,0.5,0.6\n", r"runs.csv:2: 3 cells under 2 columns \(separated by commas\)"),
        ("m\n1\n2\n", "runs.csv:1: one column only"),
        ("m,error\n1,0.5\n2,-1\n", r"runs.csv:3: error is -1; a power law has none below 0"),
        ("shard,error\n1,2\n", r"no column m \(columns: shard, error\); name them m,error\[,seed\]"),
        ("size,fun\n1,2\n", r"no column m or error \(columns: size, fun\)"),
        ("", "it is empty"),
        ('{"a": 1}', "JSON, but no table"),
        ('[{"m": 1,}]', "runs.csv:1: not JSON"),
    ],
)
def test_a_fault_names_file_line_and_remedy_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        read(written(tmp_path / "runs.csv", text))
    assert "\n" not in str(refused.value)


def test_percent_columns_and_headless_tables(tmp_path: Path) -> None:
    rows = "".join(f"{m:.0f},{100 * (1 - e)}\n" for m, e in zip(M, ERROR, strict=True))
    found = read(written(tmp_path / "a.csv", "samples,test acc\n" + rows))
    assert same(found.curve)
    assert found.said.endswith("m = samples, error = 1 - test acc / 100")
    bare = read(written(tmp_path / "b.csv", "".join(f"{m}\t{e}\n" for m, e in zip(M, ERROR, strict=True))))
    assert same(bare.curve)
    assert "without a head" in bare.said


def logs(folder: Path, head: str, row: str) -> list[Path]:
    """Five runs' logs over 1,000 to 16,000 examples, each of whose lowest error is 3 m**-0.3."""
    found = []
    for m in (1000 * 2**i for i in range(5)):
        rows = [row.format(epoch=e, m=m, error=3 * m**-0.3 * (1 + abs(e - 5) / 10)) for e in range(8)]
        found.append(written(folder / f"run-{m}.csv", "\n".join([head, *rows])))
    return found


def test_logs_of_several_runs_are_a_point_each_where_the_size_is_told(tmp_path: Path) -> None:
    keras = logs(tmp_path, "epoch,accuracy,loss,val_accuracy,val_loss", "{epoch},0.5,1,0.5,{error}")
    with pytest.raises(ValueError, match="does not say how large its training set was; say --m file"):
        read(*keras)
    found = read(*keras, asked=Asked(m="file"))
    assert "m = number in the name" in found.said
    np.testing.assert_allclose(found.curve.error, 3 * found.curve.m**-0.3)
    assert found.curve.m[-1] == 16000
    with pytest.raises(ValueError, match="do not differ in one number alone"):
        read(keras[0], keras[0], asked=Asked(m="file"))
    lightning = logs(
        tmp_path, "epoch,step,val_loss,train_size", "{epoch},{epoch}9,,{m}\n{epoch},{epoch}9,{error},{m}"
    )
    found = read(*lightning)
    assert "m = train_size" in found.said
    assert "the lowest error of each run" in found.said
    np.testing.assert_allclose(found.curve.error, 3 * found.curve.m**-0.3)
    with pytest.raises(ValueError, match='logged during one run \\("step" counts its steps\\)'):
        read(lightning[0])


def test_sizes_of_models_that_split_the_rows_are_asked_about_with_the_way_to_a_joint_law(
    tmp_path: Path,
) -> None:
    rows = [f"{n},{d},{2 + n**-0.3 + 40 * d**-0.3}" for n in (1e6, 4e6, 2e7) for d in (1e4, 4e4, 2e5, 1e6)]
    path = written(tmp_path / "grid.csv", "\n".join(["params,tokens,loss", *rows]))
    with pytest.raises(ValueError, match=r"--by params .*; `steepness joint` fits a law in size and data"):
        read(path)
