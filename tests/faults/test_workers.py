"""Worker processes that die, whatever they are at: replaced, their trials run again, nothing else notices."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from steepness.executors.base import Advanced, Event, Finished, Returned
from steepness.executors.local import GRACE_SECONDS, LocalExecutor
from steepness.executors.worker import Job, Worker
from steepness.study.prepare import Request, prepare
from steepness.study.run import prices_of
from steepness.training.trial import Training, Trial
from tests.faults.conftest import Run, Witness, numbers
from tests.faults.faulty import FAULTY

QUICK = Training(max_epochs=1.0, evaluate_first=2)


def trial(seed: int = 0, training: Training = QUICK) -> Trial:
    return Trial(
        domain="toy", options={}, dataset="synthetic", fingerprint="toy-0.3", model="mlp", size=4, m=64,
        data_seed=0,
        seed=seed, training=training,
    )  # fmt: skip


def job(folder: Path, **options: object) -> Job:
    return Job(domain=FAULTY, options=options, dataset="synthetic", cache=folder / "cache", study=folder)


def until_done(executor: LocalExecutor) -> list[Event]:
    seen: list[Event] = []
    while not any(isinstance(event, Finished | Returned) for event in seen):
        seen += executor.events()
    return seen


def end_worker(number: int) -> None:
    (process,) = multiprocessing.active_children()
    assert process.pid
    os.kill(process.pid, number)
    if number == signal.SIGKILL:
        process.join()


@pytest.mark.parametrize("fault", ["kill", "kill while loading", "kill while exhibiting"])
def test_a_worker_that_dies_is_replaced_and_its_trial_run_again(
    run: Run, witness: Witness, token: str, fault: str
) -> None:
    study = run(fault, "search.trials=2", token=token, processes=True, workers=1)
    assert [type(e) for e in witness.events].count(Returned) == 1
    assert numbers(study) == numbers(run("", "search.trials=2", folder="whole"))
    assert not list(study.path.rglob("*.tmp"))
    assert {p.name for p in study.path.iterdir()} <= {
        "study.json",
        "roll.json",
        "trials",
        "checkpoints",
        "leases",
    }


def test_a_worker_that_died_while_idle_is_replaced(tmp_path: Path) -> None:
    with LocalExecutor(job(tmp_path), ["cpu"]) as executor:
        executor.submit(trial(0))
        assert isinstance(until_done(executor)[-1], Finished)
        end_worker(signal.SIGKILL)
        executor.submit(trial(1))
        assert isinstance(until_done(executor)[-1], Finished)


def test_a_worker_that_dies_between_its_record_and_its_word_has_finished(tmp_path: Path) -> None:
    """It hangs here, and the record that it would have sent next is written for it."""
    with LocalExecutor(job(tmp_path, fault="stop"), ["cpu"]) as executor:
        executor.submit(trial())
        while state(child()) != "T":
            time.sleep(0.05)
        record = Worker(job(tmp_path), "cpu").run(trial(), lambda progress: None)
        end_worker(signal.SIGKILL)
        assert until_done(executor)[-1] == Finished(record)


def child() -> int:
    (process,) = multiprocessing.active_children()
    assert process.pid
    return process.pid


def state(pid: int) -> str:
    """T if the process is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_worker_that_hangs_is_ended_after_the_time_limit_and_stops_no_exit(tmp_path: Path) -> None:
    start = time.monotonic()
    with LocalExecutor(job(tmp_path, fault="stop"), ["cpu"], seconds_per_trial=5.0) as executor:
        executor.submit(trial())
        event = until_done(executor)[-1]
        assert isinstance(event, Returned)
        assert "longer than" in event.reason
    assert time.monotonic() - start < 60


def test_a_stopped_worker_costs_no_wait_when_the_study_is_left(tmp_path: Path) -> None:
    with LocalExecutor(job(tmp_path), ["cpu"]) as executor:
        executor.submit(trial())
        until_done(executor)
        end_worker(signal.SIGSTOP)
        start = time.monotonic()
    assert time.monotonic() - start < GRACE_SECONDS, "it was woken to end itself, not waited for and killed"


def test_workers_that_train_save_and_end_at_once_when_the_study_is_left(tmp_path: Path) -> None:
    training = Training(max_epochs=10_000, evaluate_first=2, schedule="constant", patience=1e6)
    with LocalExecutor(job(tmp_path, fault="slow"), ["cpu"]) as executor:
        executor.submit(trial(0, training))
        while not any(isinstance(event, Advanced) for event in executor.events()):
            pass
        start = time.monotonic()
    assert time.monotonic() - start < GRACE_SECONDS / 2, "ctrl-C would have been waited for"
    assert list((tmp_path / "checkpoints").glob("*.pt"))


def test_a_worker_told_to_stop_saves_its_trial_which_goes_on_from_there(tmp_path: Path) -> None:
    training = Training(
        max_epochs=200, evaluate_first=2, evaluate_growth=2, schedule="constant", patience=1000
    )
    with LocalExecutor(job(tmp_path, fault="slow"), ["cpu"]) as executor:
        executor.submit(trial(0, training))
        while not any(isinstance(event, Advanced) for event in executor.events()):
            pass
        end_worker(signal.SIGTERM)
        stopped = until_done(executor)[-1]
        assert isinstance(stopped, Returned)
        assert not stopped.counts, "it is nobody's failure"
        executor.submit(trial(0, training))
        finished = until_done(executor)[-1]
    assert isinstance(finished, Finished)
    assert finished.record.timing
    assert finished.record.timing.resumed == 1


def test_a_trial_that_takes_its_process_along_while_it_is_measured_costs_the_study_its_price_alone(
    tmp_path: Path, preset: Path
) -> None:
    """Measuring is no less dangerous than training; the models here are of sizes 2 to 16, and one of them kills."""
    settings = ('options.fault="kill"', "options.at_size=16")
    request = Request(
        domain=FAULTY, preset=str(preset), settings=settings, results=tmp_path, device="cpu", workers=2
    )
    prices = prices_of(prepare(request)).prices
    assert {price.size for price in prices} == {2}
