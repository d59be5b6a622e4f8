"""What is wrong with a results folder is found and said, and no flipped bit changes a number unseen."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from steepness.report.page import write_report
from steepness.study import load_study
from steepness.study.audit import findings
from steepness.study.progress import progress_of
from steepness.training.records import read_record, record_paths, set_aside, write_record
from tests.faults.conftest import Run, Witness, numbers

PUBLISHED = Path(__file__).parents[2] / "results" / "published"


@pytest.fixture
def study(run: Run) -> Path:
    return run().path


def test_a_whole_study_has_no_findings(study: Path) -> None:
    assert list(findings(study)) == []


def test_no_flipped_bit_changes_a_number_unseen(study: Path) -> None:
    dice = random.Random(0)
    for _ in range(100):
        path = dice.choice(record_paths(study))
        good = path.read_bytes()
        before = read_record(path)
        flipped = bytearray(good)
        flipped[dice.randrange(len(good))] ^= 1 << dice.randrange(8)
        path.write_bytes(flipped)
        with suppress(ValueError):
            assert read_record(path) == before
        path.write_bytes(good)


def edit(path: Path, **fields: object) -> None:
    """As an editor would, that drops the hash or keeps none."""
    record = json.loads(path.read_text())
    record.pop("sha256")
    path.write_text(json.dumps(record | fields))


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"validation": {"squared_error": 0.001, "absolute_error": 0.01}}, "validation errors are not those"),
        ({"best_step": 1}, "best step 1 is not in the trace"),
        ({"test": {}}, "without squared_error, absolute_error on test"),
        ({"id": "0" * 16}, "edited, or foreign"),
    ],
)
def test_an_edited_record_is_a_finding(study: Path, fields: dict[str, object], finding: str) -> None:
    path = record_paths(study)[0]
    edit(path, **fields)
    found = [line for line in findings(study) if str(path) in line]
    assert finding in found[0]


def test_foreign_and_missing_records_and_unknown_files_are_findings(study: Path, run: Run) -> None:
    other = run("", "seeds=2", "first_seed=7", "options.noise=0.2", folder="other").path
    foreign, lost = record_paths(other)[0], record_paths(study)[0]
    shutil.copy(foreign, study / "trials")
    lost.unlink()
    (study / "payload.py").touch()
    (study / "trials" / "notes.txt").touch()
    said = "\n".join(findings(study))
    for part in ("payload.py: not a file of a study", "notes.txt: not a record", "its data fingerprint, toy-0.2",
                 "its seed, 7", f"{lost}: lost"):  # fmt: skip
        assert part in said
    assert foreign.stem not in {r.id for r in load_study(study).records}, "it is not used, either"


def test_any_one_record_that_is_lost_or_edited_is_a_finding(study: Path) -> None:
    for path in record_paths(study):
        good = path.read_bytes()
        path.unlink()
        assert [line for line in findings(study) if line.startswith(f"{path}: lost")]
        path.write_bytes(good.replace(b'"flops": ', b'"flops": 9').partition(b',\n "sha256"')[0] + b"}")
        assert list(findings(study)) == [f"{path}: not as the study's last run left it"]
        path.write_bytes(good)
    assert list(findings(study)) == []


@pytest.mark.parametrize(
    "folder", sorted(p.parent for p in PUBLISHED.rglob("study.json")), ids=lambda f: f.name
)
def test_published_studies_are_as_their_runs_left_them(folder: Path, tmp_path: Path) -> None:
    unfinished = f"{folder}: incomplete"  # it grows as whoever has time goes on with it
    assert [line for line in findings(folder) if not line.startswith(unfinished)] == []
    shutil.copytree(folder, tmp_path / "copy")
    lost = record_paths(tmp_path / "copy")[-1]
    lost.unlink()
    assert any(line.startswith(f"{lost}: lost") for line in findings(tmp_path / "copy"))


def test_a_run_that_was_stopped_is_incomplete_until_it_is_run_again(study: Path, run: Run) -> None:
    lost = record_paths(study)[-1]
    lost.unlink()

    class Impatient(Witness):
        def __call__(self, event: object) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(watcher=Impatient())
    lost.unlink(missing_ok=True)
    assert f"{study}: incomplete: its last run has not come to its end; run it again" in list(findings(study))
    run()
    assert list(findings(study)) == []


def test_a_record_that_no_run_left_and_a_damaged_roll_are_findings(study: Path) -> None:
    path = record_paths(study)[0]
    record = read_record(path)
    trial = msgspec.structs.replace(
        record.trial, training=msgspec.structs.replace(record.trial.training, stop_step=9)
    )
    write_record(study, msgspec.structs.replace(record, id=trial.id, trial=trial))
    assert f"{study / 'trials' / trial.id}.json: not of the study's last run" in list(findings(study))
    (study / "roll.json").write_text("{")
    assert f"{study / 'roll.json'}: not a readable roll" in "\n".join(findings(study))


@pytest.mark.parametrize(
    ("edited", "finding"),
    [
        (lambda rows: rows[:-1], "of the runs that the records' curves rest on, 1 are not in it"),
        (lambda rows: [*rows, rows[-1].replace(",mlp,", ",other,")], "the model is other"),
        (
            lambda rows: [rows[0], *(row.replace(",32,", ",64,") for row in rows[1:])],
            "m is 64, but the record says 32",
        ),
        (
            lambda rows: [rows[0], *(row.replace(",32,", ",x,") for row in rows[1:])],
            "m is x, but the record says 32",
        ),
    ],
)
def test_a_table_that_the_records_do_not_give_is_a_finding(
    study: Path, edited: Callable[[list[str]], list[str]], finding: str
) -> None:
    write_report(load_study(study))
    assert list(findings(study)) == []
    table = study / "curves.csv"
    table.write_text("\n".join(edited(table.read_text().splitlines())) + "\n")
    assert finding in "\n".join(findings(study))


def test_what_hides_among_the_figures_is_a_finding(study: Path) -> None:
    write_report(load_study(study))
    (study / "figures" / "payload.py").touch()
    (study / "figures" / "passwords.csv").symlink_to("/etc/passwd")
    assert len([line for line in findings(study) if line.endswith("not a figure")]) == 2


def test_status_runs_no_code_that_the_study_names(study: Path, tmp_path: Path) -> None:
    before = progress_of(load_study(study))
    payload = tmp_path / "payload.py"
    payload.write_text("raise SystemExit('code named by study.json ran')")
    manifest = json.loads((study / "study.json").read_text())
    (study / "study.json").write_text(json.dumps(manifest | {"domain_path": f"{payload}:X"}))
    assert progress_of(load_study(study)) == before


def test_a_file_that_is_no_record_is_set_aside_and_its_trial_run_again(study: Path, run: Run) -> None:
    whole, path = numbers(study), record_paths(study)[0]
    path.write_bytes(path.read_bytes().replace(b"validation", b"validatiom"))
    assert len(load_study(study).records) == 3
    assert numbers(run()) == whole
    assert [p.name for p in (study / "aside").iterdir()] == [path.name]


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("gone"))


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def larger_than_memory(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**40)


def deeper_than_the_stack(path: Path) -> None:
    path.write_bytes(b'{"exhibit": ' + b'{"a": ' * 50_000)


@pytest.mark.parametrize(
    "replace",
    [a_folder, a_pipe, a_link_to_nothing, a_link_to_itself, larger_than_memory, deeper_than_the_stack],
)
def test_what_cannot_be_read_as_a_record_costs_that_record_alone(
    study: Path, run: Run, replace: Callable[[Path], None]
) -> None:
    whole, path = numbers(study), record_paths(study)[0]
    path.unlink()
    replace(path)
    assert len(load_study(study).records) == 3
    assert any(line.startswith(f"{path}: ") for line in findings(study))
    assert numbers(run()) == whole
    assert os.path.lexists(study / "aside" / path.name)


def test_what_was_set_aside_before_stays(study: Path) -> None:
    path = record_paths(study)[0]
    for content in (b"once", b"twice", b"again"):
        path.write_bytes(content)
        set_aside(study)
    assert sorted(p.read_bytes() for p in (study / "aside").iterdir()) == [b"again", b"once", b"twice"]
    assert not [line for line in findings(study) if "/aside/" in line]


@pytest.mark.parametrize("later", [{"schema": 2}, {"schema": 2, "trial": {"of": "another kind"}}])
def test_a_record_of_a_later_version_is_not_set_aside(
    study: Path, run: Run, later: dict[str, object]
) -> None:
    path = record_paths(study)[0]
    edit(path, **later)
    with pytest.raises(ValueError, match=r"newer steepness.*update"):
        run()
    assert path.exists()
    assert "newer steepness" in "\n".join(findings(study))
