"""When a point counts as trained out."""

from __future__ import annotations

import msgspec
import pytest

from steepness.study.converged import Lengthened
from steepness.training.trial import Machine, Record, Training, Trial

MACHINE = Machine(device="cpu", processor="", threads=1, platform="", python="", versions={}, commit="")


def record(
    m: int = 100, epochs: float = 5, error: float = 1.0, *, flagged: bool = True, schedule: str = "cosine",
    best: float = 1.0,
) -> Record:  # fmt: skip
    """A run whose error was lowest after that share of its steps."""
    training = Training(schedule=schedule, max_epochs=epochs)  # type: ignore[arg-type]
    trial = Trial(
        domain="toy", options={}, dataset="", fingerprint="", model="mlp", size=4, m=m, data_seed=0, seed=0,
        training=training,
    )  # fmt: skip
    return Record(
        id=trial.id, trial=trial, status="done", validation={"e": error}, flagged=flagged, machine=MACHINE,
        epochs=epochs, steps=round(20 * epochs), best_step=round(20 * epochs * best),
    )  # fmt: skip


def trained_out(record: Record, records: list[Record]) -> bool:
    return Lengthened(records, "e").trained_out(record)


def test_a_trial_that_stopped_by_itself_is_trained_out() -> None:
    assert trained_out(record(flagged=False, schedule="stale"), [])
    assert not trained_out(record(flagged=True, schedule="stale"), [])


@pytest.mark.parametrize(
    ("m", "error", "out"), [(100, 0.999, True), (400, 0.999, True), (100, 0.9, False), (1600, 0.999, False)]
)
def test_an_annealed_one_is_when_a_longer_schedule_near_it_gained_nothing(
    m: int, error: float, out: bool
) -> None:
    short, longer = record(m=m), record(m=m, epochs=10, error=error)
    mine = record()
    assert trained_out(mine, [mine, short, longer]) is out


def resized(record: Record, **changes: object) -> Record:
    trial = msgspec.structs.replace(record.trial, **changes)
    return msgspec.structs.replace(record, trial=trial)


@pytest.mark.parametrize(("size", "out"), [(8, True), (16, False)])
def test_a_pair_of_the_next_settings_vouches_and_one_of_quite_other_ones_does_not(
    size: int, out: bool
) -> None:
    mine, pair = record(), [record(), record(epochs=10, error=0.999)]
    assert trained_out(mine, [mine, *(resized(r, size=size) for r in pair)]) is out


def test_a_longer_run_alone_vouches_for_nothing() -> None:
    mine = record()
    assert not trained_out(mine, [mine, resized(record(epochs=10, error=1.2), size=8)])


def test_the_pair_that_is_most_like_it_decides() -> None:
    mine = record()
    gained = [record(m=200), record(m=200, epochs=10, error=0.9)]
    gained_nothing = [record(m=400), record(m=400, epochs=10, error=1.1)]
    assert not trained_out(mine, [mine, *gained, *gained_nothing])
    others = [resized(r, size=8, m=100) for r in gained_nothing]
    assert not trained_out(mine, [mine, *gained, *others])
    assert trained_out(mine, [mine, *(resized(r, size=8) for r in gained), *gained_nothing])


@pytest.mark.parametrize(("best", "out"), [(0.5, True), (0.97, False), (1.0, False)])
def test_a_lowest_error_just_before_the_end_of_an_annealed_run_is_no_sign(best: float, out: bool) -> None:
    mine = record(best=best, flagged=best == 1)
    gained = [record(m=200), record(m=200, epochs=10, error=0.9)]
    assert trained_out(mine, [mine, *gained]) is out


def test_only_what_was_gained_over_runs_as_long_counts() -> None:
    """Where each length gains less than the one before it, the last is trained out, and the first is not."""
    runs = [record(epochs=e, error=x) for e, x in ((5, 1.0), (10, 0.8), (20, 0.81))]
    assert [trained_out(run, runs) for run in runs] == [False, True, False]


def test_the_best_of_longer_runs_counts_not_their_mean() -> None:
    runs = [record(epochs=e, error=x) for e, x in ((5, 1.0), (10, 0.9), (40, 1.3))]
    assert not trained_out(runs[0], runs)


def test_what_was_gained_over_as_many_epochs_counts_before_what_was_over_as_many_steps() -> None:
    """Of half the data, as many epochs are half the steps."""
    mine = record(m=200, epochs=10)  # 200 steps here, where 20 epochs of half the data are as many
    half = [record(epochs=e, error=x) for e, x in ((10, 1.0), (20, 0.9), (40, 0.95))]
    half = [msgspec.structs.replace(r, steps=r.steps // 2, best_step=r.best_step // 2) for r in half]
    assert not trained_out(mine, [mine, *half])
    assert trained_out(mine, [mine, *half[1:]])


def test_a_bound_that_did_not_make_the_run_longer_is_no_longer_run() -> None:
    same = msgspec.structs.replace(record(epochs=10, error=1.0), epochs=5, steps=100, best_step=100)
    assert not trained_out(record(), [record(), same])


@pytest.mark.parametrize(("inside", "out"), [(2, True), (1, False)])
def test_most_seeds_of_a_point_decide(inside: int, out: bool) -> None:
    runs = [record(best=0.5 if i < inside else 1.0) for i in range(3 if out else 2)]
    assert Lengthened(runs, "e").all_out(runs) is out
