"""When a point counts as trained out."""

from __future__ import annotations

import msgspec
import pytest

from steepness.study.converged import trained_out
from steepness.training.trial import Machine, Record, Training, Trial

MACHINE = Machine(device="cpu", processor="", threads=1, platform="", python="", versions={}, commit="")


def record(
    m: int = 100, epochs: float = 5, error: float = 1.0, *, flagged: bool = True, schedule: str = "cosine"
) -> Record:
    training = Training(schedule=schedule, max_epochs=epochs)  # type: ignore[arg-type]
    trial = Trial(
        domain="toy", options={}, dataset="", fingerprint="", model="mlp", size=4, m=m, data_seed=0, seed=0,
        training=training,
    )  # fmt: skip
    return Record(
        id=trial.id, trial=trial, status="done", validation={"e": error}, flagged=flagged, machine=MACHINE
    )


def test_a_trial_that_stopped_by_itself_is_trained_out() -> None:
    assert trained_out(record(flagged=False, schedule="stale"), [], "e")
    assert not trained_out(record(flagged=True, schedule="stale"), [], "e")


@pytest.mark.parametrize(
    ("m", "error", "out"), [(100, 0.999, True), (400, 0.999, True), (100, 0.9, False), (1600, 0.999, False)]
)
def test_an_annealed_one_is_when_a_longer_schedule_near_it_gained_nothing(
    m: int, error: float, out: bool
) -> None:
    short, longer = record(m=m), record(m=m, epochs=10, error=error)
    mine = record()
    assert trained_out(mine, [mine, short, longer], "e") is out


def test_a_longer_run_of_other_settings_vouches_for_nothing() -> None:
    mine, longer = record(), record(epochs=10, error=1.2)
    other = msgspec.structs.replace(longer.trial, size=8)
    assert not trained_out(mine, [mine, msgspec.structs.replace(longer, trial=other)], "e")
