"""A trial that runs out of memory is tried once more, each batch in halves: the same steps, and its record says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector

from steepness.data.artefacts import Cache
from steepness.domain.check import Sample, fault_of_halves, faults_of
from steepness.domain.halves import halves_of_rows
from steepness.training.checkpoint import Checkpoint, Stopped
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.records import trial_path
from steepness.training.trial import Record, Training, Trial
from tests.faults.conftest import Run, numbers
from tests.faults.test_checkpoints import Preempted
from tests.toy import Toy, ToyData

SETTINGS = Training(learning_rate=0.02, batch_size=15, max_epochs=6, evaluate_first=30, evaluate_growth=2)
"""17 batches of 15 rows and one of a single row, which cannot be divided."""


def learner(domain: Toy, *, halved: bool = False) -> Learner:
    data = domain.load("synthetic", Cache(Path("nowhere"), offline=True))
    trial = Trial(
        domain="toy", options={}, dataset="synthetic", fingerprint=data.fingerprint, model="mlp", size=8, m=256,
        data_seed=0, seed=0, training=SETTINGS,
    )  # fmt: skip
    return Learner(trial, domain, data, torch.device("cpu"), halved=halved)


@pytest.mark.parametrize("fault", ["memory", "memory of the CPU"])
def test_a_trial_that_has_no_room_for_a_batch_ends_well_in_halves(run: Run, fault: str) -> None:
    study = run(fault, "options.rows=8")
    assert {r.status for r in study.records} == {"done"}
    told = {r.trial.size: r.micro_batch for r in study.records}
    assert told.pop(4) == 8
    assert set(told.values()) == {msgspec.UNSET}
    others = {r.id for r in study.records if r.trial.size != 4}
    assert not [i for i in others if b"micro_batch" in trial_path(study.path, i).read_bytes()]
    whole = {r.trial.size: r for r in numbers(run(folder="whole")).values()}
    for record in numbers(study).values():
        expected = whole[record.trial.size]
        if record.trial.size == 4:  # its dropout draws for half the rows at a time
            assert record.validation["squared_error"] == pytest.approx(
                expected.validation["squared_error"], rel=0.2
            )
            assert record.flops / record.epochs == pytest.approx(expected.flops / expected.epochs)


def test_a_trial_without_room_for_halves_either_is_a_record_that_says_both(run: Run) -> None:
    wrong = [r for r in run("memory", "options.rows=7").records if r.trial.size == 4]
    assert {r.status for r in wrong} == {"out_of_memory"}
    assert all(r.message.count("CUDA out of memory. Tried to allocate 2.00 GiB") == 2 for r in wrong)
    assert all("in halves of a batch: " in r.message and "smaller size" in r.message for r in wrong)


def test_steps_in_halves_are_those_of_the_whole_batch() -> None:
    whole, halved = learner(Toy()), learner(Toy(), halved=True)
    for one in (whole, halved):
        one.model.eval()  # without dropout, which draws anew for each half
    while whole.step < 2 * whole.epoch_steps:
        losses = [one.learn(one.next_batch()).item() for one in (whole, halved)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    weights = [parameters_to_vector(one.model.parameters()) for one in (whole, halved)]
    torch.testing.assert_close(weights[0], weights[1], rtol=1e-4, atol=1e-5)
    assert whole.units == halved.units


class Remembering(Preempted):
    """Whose state is the rows of the batch before."""

    def loss(self, model: nn.Module, batch: Any, state: Any) -> tuple[Tensor, Any]:
        assert state is None or len(state) >= len(batch[0])
        return super().loss(model, batch, None)[0], batch[0]


def test_each_half_carries_its_own_state_through_checkpoints_to_the_same_record(tmp_path: Path) -> None:
    def run(checkpoint: Checkpoint | None = None, every: int = 0, *, halved: bool = True) -> Record:
        return train(learner(Remembering(checkpoint, every), halved=halved), checkpoint)

    with pytest.raises(Stopped):
        run(Checkpoint(tmp_path / "trial.pt"), every=27)
    resumed, through = run(Checkpoint(tmp_path / "trial.pt"), halved=False), run()
    assert resumed.timing
    assert resumed.timing.resumed == 1
    assert resumed.micro_batch == through.micro_batch == 8
    assert msgspec.structs.replace(resumed, timing=None) == msgspec.structs.replace(through, timing=None)


class Sums(Toy):
    """Its loss is no mean over rows."""

    def loss(self, model: nn.Module, batch: Any, state: Any) -> tuple[Tensor, Any]:
        loss, state = super().loss(model, batch, state)
        return loss * len(batch[0]), state


def test_a_loss_that_halves_do_not_add_up_to_is_found_and_never_learnt_from() -> None:
    with pytest.raises(MemoryError, match="a batch's loss is"):
        learner(Sums(), halved=True)
    domain = Sums()
    data: ToyData = domain.load("synthetic", Cache(Path("nowhere"), offline=True))
    sample = Sample(domain=domain, data=data, model="mlp", size=4, m=64, batch_size=16)
    assert "halves(batch): a batch's loss is" in faults_of(sample)[0]


def test_what_can_be_divided() -> None:
    rows = {"x": torch.arange(5), "y": (torch.ones(5, 2),)}
    (first, share), (second, rest) = halves_of_rows(rows)
    assert (first["x"].tolist(), second["x"].tolist()) == ([0, 1, 2], [3, 4])
    assert (share, rest) == (0.6, 0.4)
    for batch in (torch.ones(1), (torch.ones(4), 4), (torch.ones(4), torch.ones(3)), torch.tensor(1.0), ()):
        assert halves_of_rows(batch) == ()
    assert fault_of_halves(Toy(), Toy.models["mlp"](size=4), (torch.ones(4, 8), torch.ones(4))) == ""
