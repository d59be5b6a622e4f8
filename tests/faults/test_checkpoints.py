"""A trial that is stopped again and again ends, with the same numbers; a damaged checkpoint changes none."""

from __future__ import annotations

import errno
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from torch import Tensor, nn

from steepness.data.artefacts import Cache
from steepness.training.checkpoint import Checkpoint, Stopped
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.trial import Record, Training, Trial
from tests.toy import Toy

SETTINGS = Training(learning_rate=0.02, batch_size=16, max_epochs=6, evaluate_first=30, evaluate_growth=2)


class Preempted(Toy):
    """Told to stop at every so manieth step."""

    def __init__(self, checkpoint: Checkpoint | None = None, every: int = 0) -> None:
        super().__init__()
        self.checkpoint, self.left = checkpoint, every

    def loss(self, model: nn.Module, batch: Any, state: Any) -> tuple[Tensor, Any]:
        self.left -= 1
        if self.left == 0 and self.checkpoint:
            self.checkpoint.stop()
        return super().loss(model, batch, state)


def run(checkpoint: Checkpoint | None = None, every: int = 0) -> Record:
    domain = Preempted(checkpoint, every)
    data = domain.load("synthetic", Cache(Path("nowhere"), offline=True))
    trial = Trial(
        domain="toy", options={}, dataset="synthetic", fingerprint=data.fingerprint, model="mlp", size=8, m=256,
        data_seed=0, seed=0, training=SETTINGS,
    )  # fmt: skip
    return train(Learner(trial, domain, data, torch.device("cpu")), checkpoint)


def bare(record: Record) -> Record:
    return msgspec.structs.replace(record, timing=None)


def test_a_trial_preempted_between_evaluations_time_and_again_ends_with_the_same_numbers(
    tmp_path: Path,
) -> None:
    times = 0
    while True:
        try:
            record = run(Checkpoint(tmp_path / "trial.pt"), every=7)
            break
        except Stopped:
            times += 1
    assert times >= 7
    assert record.timing
    assert record.timing.resumed == times
    assert bare(record) == bare(run())


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A checkpoint of a trial in the middle, and the one before it."""
    path = tmp_path / "trial.pt"
    with pytest.raises(Stopped):
        run(Checkpoint(path, seconds_between=0), every=40)
    return path


def test_a_damaged_checkpoint_is_named_and_the_one_before_it_taken(
    saved: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good, dice = saved.read_bytes(), random.Random(0)
    for _ in range(20):
        flipped = bytearray(good)
        flipped[dice.randrange(len(good))] ^= 1 << dice.randrange(8)
        saved.write_bytes(flipped)
        state = Checkpoint(saved).load(torch.device("cpu"))
        assert state is not None
        assert state["learner"]["step"] == 39, "of the one before"
    assert caplog.text.count(f"{saved} is damaged or foreign and not used") == 20
    saved.write_bytes(good[:-100])
    assert bare(run(Checkpoint(saved))) == bare(run())


def test_with_both_damaged_the_trial_begins_anew(saved: Path) -> None:
    for path in (saved, Checkpoint(saved).before):
        path.write_bytes(b"PK\3\4 cut")
    record = run(Checkpoint(saved))
    assert record.timing
    assert record.timing.resumed == 0
    assert bare(record) == bare(run())


def test_another_trials_checkpoint_is_not_gone_on_from(saved: Path, caplog: pytest.LogCaptureFixture) -> None:
    other = saved.rename(saved.with_name("other.pt"))
    record = run(Checkpoint(other))
    assert record.timing
    assert record.timing.resumed == 0
    assert f"{other} is damaged or foreign and not used" in caplog.text


def test_another_versions_checkpoint_is_not_gone_on_from(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steepness.training.checkpoint.__version__", "0.0")
    assert Checkpoint(saved).load(torch.device("cpu")) is None


class Bomb:
    def __reduce__(self) -> Any:
        return (exec, ("raise AssertionError('code in a checkpoint ran')",))


def test_code_in_a_checkpoint_is_not_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "trial.pt"
    Checkpoint(path).save({"learner": Bomb()})
    assert Checkpoint(path).load(torch.device("cpu")) is None
    assert "not used" in caplog.text


def test_a_full_disk_costs_the_checkpoint_and_not_the_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("torch.save", full)
        record = run(Checkpoint(tmp_path / "trial.pt", seconds_between=0))
    assert "No space left" in caplog.text
    assert list(tmp_path.iterdir()) == []
    assert bare(record) == bare(run())
