from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import msgspec
import pytest
from typer.testing import CliRunner

from steepness.cli.answers import NightlyAnswer
from steepness.cli.app import app
from steepness.nightly import runs
from steepness.nightly.baseline import find_baseline
from steepness.nightly.history import write_history
from steepness.nightly.night import Night, read_nights, run_night
from steepness.nightly.runs import checked_preset
from steepness.nightly.throughput import Job, Session
from steepness.nightly.words import as_text, write_words
from tests.conftest import PRESET, TOY
from tests.nightly.conftest import Planned

HERE = "tests.nightly.planted"
LATER = "2100-01-01"


@pytest.fixture(scope="module")
def clean(with_baseline: Planned) -> tuple[Night, Path]:
    return run_night(with_baseline())


@pytest.fixture(scope="module")
def broken(with_baseline: Planned) -> tuple[Night, Path]:
    return run_night(with_baseline(f"{HERE}:Broken"))


def test_a_night_without_change_passes(clean: tuple[Night, Path]) -> None:
    night, folder = clean
    assert "nothing moved; 7 statistics tested" in as_text(night)
    assert (night.exit_code, night.notes, night.problems) == (0, [], [])
    assert {f.name for f in night.statistics} == {
        "mean error",
        "exponent",
        "m=128",
        "m=256",
        "throughput",
        "memory",
    }
    assert read_nights(folder.parent) == [night]


def test_what_moved_is_listed_with_domain_curve_statistic_expected_and_found(
    broken: tuple[Night, Path],
) -> None:
    night, _ = broken
    assert night.exit_code == 1
    states = {(f.curve, f.name): f.state for f in night.alarms}
    assert states["mlp/squared_error", "mean error"] == states["mlp", "throughput"] == "worse"
    assert states["", "exhibit.surprise"] == "changed"
    mean = next(line for line in as_text(night).splitlines() if "squared_error mean error" in line)
    assert mean.startswith("MOVED toy mlp/squared_error mean error: expected 0.")
    assert " found 0." in mean
    assert mean.endswith(" %: worse")


def test_junit_has_a_failure_for_each_statistic_that_moved(
    broken: tuple[Night, Path], clean: tuple[Night, Path]
) -> None:
    for night, folder in (broken, clean):
        write_words(night, folder)
        (suite,) = ElementTree.parse(folder / "junit.xml").getroot()
        assert suite.get("name") == "toy"
        failures = suite.findall("testcase/failure")
        assert len(suite) == len(night.statistics)
        assert len(failures) == len(night.alarms) == int(suite.get("failures", -1))
        assert all("expected" in (failure.text or "") for failure in failures)
        moved = (folder / "summary.md").read_text().partition("## Moved")[2]
        assert ("squared_error" in moved) == bool(night.alarms)


def test_too_good_is_an_alarm_and_errors_are_held_against_other_machines(
    with_baseline: Planned, tmp_path: Path
) -> None:
    (stored,) = with_baseline().baselines.iterdir()
    (tmp_path / "toy.some-gpu.json").write_text(
        stored.read_text().replace(stored.stem.removeprefix("toy."), "some-gpu")
    )
    night, _ = run_night(with_baseline(f"{HERE}:TooGood", baselines=tmp_path))
    assert night.exit_code == 1
    assert {f.state for f in night.alarms} == {"too good"}
    (note,) = night.notes
    assert "errors are held against some-gpu, throughput and memory are not judged" in note


def test_without_a_baseline_the_command_says_how_to_make_one(tmp_path: Path) -> None:
    words = ["nightly", "--domain", TOY, "--preset", "any.toml", "--baselines", str(tmp_path / "none")]
    words += ["--results", str(tmp_path / "nights"), "--device", "cpu"]
    said, told = (CliRunner().invoke(app, [*words, *more]) for more in ([], ["--json"]))
    advice = f"make one with `steepness nightly --make-baseline --domain {TOY}`"
    assert (said.exit_code, told.exit_code) == (2, 2)
    assert advice in said.stdout
    night = json.loads(told.stdout)
    assert advice in night["problems"][0]
    assert Path(night["history"]).exists()


def test_what_a_night_prints_for_scripts_is_what_its_schema_says(
    broken: tuple[Night, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    night, folder = broken
    monkeypatch.setattr("steepness.nightly.night.run_night", lambda *_, **__: (night, folder))
    monkeypatch.setattr("steepness.nightly.night.make_baseline", lambda *_: tmp_path / "toy.json")
    ran = CliRunner().invoke(app, ["nightly", "--results", str(tmp_path), "--json"])
    told = json.loads(ran.stdout)
    jsonschema.validate(told, msgspec.json.schema(NightlyAnswer))
    assert ran.exit_code == told["exit_code"] == 1
    assert {s["state"] for s in told["alarms"]} == {f.state for f in night.alarms}
    ran = CliRunner().invoke(app, ["nightly", "--make-baseline", "--domain", TOY, "--json"])
    assert json.loads(ran.stdout) == {"schema_version": 1, "baselines": [str(tmp_path / "toy.json")]}


def test_a_night_of_another_version_is_left_out_and_named_with_the_remedy(
    clean: tuple[Night, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "old").mkdir()
    stored = msgspec.json.encode(msgspec.structs.replace(clean[0], schema=1))
    (tmp_path / "old" / "night.json").write_bytes(stored)
    assert read_nights(tmp_path) == []
    assert "night.json: night schema 1, this version reads 2; move it away" in caplog.text


def test_nights_of_one_day_have_folders_and_seeds_of_their_own(planned: Planned, tmp_path: Path) -> None:
    plan = planned(baselines=tmp_path)
    nights = [run_night(plan, day)[0] for day in (date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 2))]
    assert [n.name for n in nights] == ["2026-01-01", "2026-01-01-2", "2026-01-02"]
    assert len({n.draw for n in nights}) == 3


def test_sessions_of_every_night_train_on_the_same_batches(
    with_baseline: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = list[Job]()

    def session(job: Job) -> Session:
        jobs.append(job)
        return Session(1.0, 1000, job.steps)

    monkeypatch.setattr(runs, "run_session", session)
    nights = [run_night(with_baseline(), draw=draw)[0] for draw in (5, 6)]
    assert nights[0].observations[0].seeds != nights[1].observations[0].seeds
    assert len({job.trial.seed for job in jobs}) == 1


def test_a_baseline_without_memory_says_that_it_is_not_judged(with_baseline: Planned, tmp_path: Path) -> None:
    (path,) = with_baseline().baselines.iterdir()
    stored = msgspec.json.decode(path.read_bytes())
    stored["observation"]["memory"] = {}
    (tmp_path / path.name).write_bytes(msgspec.json.encode(stored))
    night, _ = run_night(with_baseline(baselines=tmp_path))
    assert night.exit_code == 0
    assert "memory" not in {f.name for f in night.statistics}
    (note,) = night.notes
    assert "the baseline has no memory, so that is not judged" in note


def test_a_baseline_names_machine_commit_and_seeds(with_baseline: Planned) -> None:
    plan = with_baseline()
    stored = find_baseline(plan.baselines, "toy", "any")
    assert stored is not None
    assert stored.observation.seeds == list(range(10))
    assert stored.observation.machine.commit
    assert len(stored.observation.rates["mlp"]) == 6


def test_a_preset_that_searches_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mini.toml").write_text(PRESET)
    with pytest.raises(ValueError, match=r"searches nothing: set search.trials = 1"):
        checked_preset(TOY, str(tmp_path / "mini.toml"))


def test_the_history_shows_every_night(
    clean: tuple[Night, Path], broken: tuple[Night, Path], tmp_path: Path
) -> None:
    worse = msgspec.structs.replace(broken[0], name=LATER, command=clean[0].command)
    nights = [clean[0]] * 6 + [worse] * 4
    page = write_history(nights, tmp_path / "history.html").read_text()
    assert "4 of 10 nights raised an alarm" in page
    mean = page.partition("<h3>mlp/squared_error mean error ")[2].partition("</figure>")[0]
    assert mean.count("<title>") == 10
    assert f"Change point between {clean[0].name} and {LATER} (commit " in mean


def test_a_history_of_one_night_speaks_of_one(clean: tuple[Night, Path], tmp_path: Path) -> None:
    night = clean[0]
    page = write_history([night], tmp_path / "history.html").read_text()
    eyebrow = page.partition('<p class="eyebrow">')[2].partition("</p>")[0]
    assert eyebrow == f"1 night · {night.name} · commit {night.commit[:12]} · {night.machine_class}"
    assert "0 of 1 night raised" in page


def test_planted_nights_are_marked_and_change_nothing_for_good(
    clean: tuple[Night, Path], broken: tuple[Night, Path], tmp_path: Path
) -> None:
    strange = msgspec.structs.replace(broken[0], name=LATER)
    page = write_history([clean[0]] * 6 + [strange] * 4, tmp_path / "history.html").read_text()
    assert f"{LATER} (planted: {HERE}:Broken)" in page
    assert "a fault was planted in 1 night." in page
    assert "Change point between" not in page
    (fault,) = {line for line in re.findall(r"<li>(.*?)</li>", page) if "squared_error" in line}
    assert "mean error: expected" in fault
    assert "with it: " in fault


def test_the_command_exits_with_what_the_night_says(
    clean: tuple[Night, Path], broken: tuple[Night, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for (night, folder), code in ((clean, 0), (broken, 1)):
        monkeypatch.setattr("steepness.nightly.night.run_night", lambda plan, draw, n=night, f=folder: (n, f))
        said = CliRunner().invoke(app, ["nightly", "--domain", "made_up", "--results", str(folder.parent)])
        assert said.exit_code == code
        assert not any(line.startswith("error:") for line in said.output.splitlines())
