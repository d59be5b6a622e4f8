"""Somebody else's results folder: links, strangers, damaged tables, a study.json and records of another study."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from steepness.report.page import write_report
from steepness.study import load_study
from steepness.study.audit import findings
from steepness.study.manifest import read_manifest
from steepness.training.records import read_record, record_paths, write_record
from tests.faults.conftest import Run


@pytest.fixture
def study(run: Run) -> Path:
    study = run()
    write_report(study)
    return study.path


@pytest.mark.parametrize("name", ["trials", "curves.csv", "report.html", "a record"])
def test_links_are_findings(study: Path, name: str) -> None:
    path = record_paths(study)[0] if name == "a record" else study / name
    path.rename(study.parent / "outside")
    path.symlink_to(study.parent / "outside")
    said = {"a record": "not a record"}.get(name, "a link; put what it leads to in its place")
    assert list(findings(study)) == [f"{path}: {said}"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("checkpoints/payload.py", "not a checkpoint"),
        ("checkpoints/0123456789abcdef.pt/x", "not a checkpoint"),
        ("leases/payload.sh", "not a lease"),
        ("aside/payload.so", "not a record"),
        ("trials/more/0123456789abcdef.json", "not a record"),
    ],
)
def test_what_hides_in_any_folder_is_a_finding(study: Path, name: str, said: str) -> None:
    path = study / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert any(
        line.startswith(str(study / name.split("/")[0])) and line.endswith(said) for line in findings(study)
    )


@pytest.mark.parametrize(
    "content", [b"", b"trial,\xff\n", b"trial,m\n" + b"x" * 200_000, b"trial\n\x00\n", None]
)
def test_a_table_that_is_none_is_a_finding(study: Path, content: bytes | None) -> None:
    table = study / "curves.csv"
    table.unlink()
    table.mkdir() if content is None else table.write_bytes(content)
    assert any(line.startswith(str(table)) for line in findings(study))


def other_options(trial: dict[str, object]) -> None:
    trial["options"] = {"fault": "another"}


def other_model(trial: dict[str, object]) -> None:
    trial["model"] = "another"


def other_data(trial: dict[str, object]) -> None:
    trial["fingerprint"] = "another"


@pytest.mark.parametrize(
    ("change", "said", "used"),
    [
        (other_options, "its option fault, another, is not the preset's", True),
        (other_model, "its model, another, is not this study's", False),
        (other_data, "its data fingerprint, another, is not this study's", False),
    ],
)
def test_a_record_of_another_study_is_named(
    study: Path,
    change: Callable[[dict[str, object]], None],
    said: str,
    used: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    record = read_record(record_paths(study)[0])
    table = msgspec.to_builtins(record.trial)
    change(table)
    trial = msgspec.convert(table, type(record.trial))
    write_record(study, msgspec.structs.replace(record, id=trial.id, trial=trial))
    assert any(trial.id in line and said in line for line in findings(study))
    assert (trial.id in {r.id for r in load_study(study).records}) == used
    assert used or f"left out: {trial.id}: of another study" in caplog.text


def test_an_edited_minimum_is_a_finding(study: Path) -> None:
    path = record_paths(study)[0]
    record = read_record(path)
    write_record(study, msgspec.structs.replace(record, minima={"squared_error": 1e-9}))
    assert f"{path}: its own minimum of squared_error, 1e-09, is not in the trace" in list(findings(study))


@pytest.mark.parametrize(
    ("part", "changes", "said"),
    [
        ("", {"metrics": []}, "metrics is empty"),
        ("preset", {"models": []}, "models is empty"),
        ("preset", {"shards": {"start": 1, "count": 10**9}}, "1000"),
        ("preset", {"shards": {"start": 1, "count": 900, "factor": 1e9}}, "beyond all numbers"),
    ],
)
def test_a_manifest_that_no_run_could_have_written_is_a_sentence(
    study: Path, part: str, changes: dict[str, object], said: str
) -> None:
    table = json.loads((study / "study.json").read_text())
    (table[part] if part else table).update(changes)
    (study / "study.json").write_text(json.dumps(table))
    with pytest.raises(ValueError, match=said):
        list(findings(study))


def test_no_flipped_bit_of_a_manifest_changes_what_is_read_unseen(study: Path) -> None:
    path, dice = study / "study.json", random.Random(0)
    good, before = path.read_bytes(), read_manifest(study)
    for _ in range(100):
        flipped = bytearray(good)
        flipped[dice.randrange(len(good))] ^= 1 << dice.randrange(8)
        path.write_bytes(flipped)
        with suppress(ValueError):
            assert read_manifest(study) == before
