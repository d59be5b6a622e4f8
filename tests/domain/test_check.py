"""`steepness check`: what a stranger's domain lacks or gets wrong is said in a sentence, before anything trains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from typer.testing import CliRunner

from steepness.cli.app import app
from steepness.domain import Data, Domain, get_domain
from steepness.domain.check import Sample, faults_of, same
from steepness.domain.contract import SPLITS
from tests.conftest import TOY
from tests.toy import Toy, ToyData


class NoUnits(Domain[Any, Any, Any]):
    name, unit, metrics = "nounits", "rows", Toy.metrics
    models = Toy.models
    load, shard, build, batches = Toy.load, Toy.shard, Toy.build, Toy.batches  # type: ignore[assignment]
    loss, evaluate, size_ladder = Toy.loss, Toy.evaluate, Toy.size_ladder  # type: ignore[assignment]


class Bare(Domain[Any, Any, Any]):
    pass


class NoDomain:
    pass


class UnitsOfNothing(Toy):
    def units(self, batch: Any) -> int:
        return 0


class Tensors(Toy):
    def evaluate(self, model: nn.Module, data: ToyData, split: str) -> dict[str, float]:
        return {name: torch.tensor(value) for name, value in super().evaluate(model, data, split).items()}  # type: ignore[misc]


class ForgetsTest(Toy):
    def evaluate(self, model: nn.Module, data: ToyData, split: str) -> dict[str, float]:
        return super().evaluate(model, data, split) if split == SPLITS[0] else {}


class RandomShards(Toy):
    def shard(self, data: ToyData, m: int, seed: int) -> Tensor:
        return torch.randperm(data.train_units)[:m]


class OneShard(Toy):
    def shard(self, data: ToyData, m: int, seed: int) -> Tensor:
        return torch.arange(m)


class RandomBatches(Toy):
    def batches(self, data: ToyData, shard: Tensor, batch_size: int, key: int, epoch: int) -> Any:
        return super().batches(data, shard, batch_size, int(torch.randint(2**40, ())), epoch)


class LossAlone(Toy):
    def loss(self, model: nn.Module, batch: Any, state: Any) -> Any:
        return super().loss(model, batch, state)[0]


class Detached(Toy):
    def loss(self, model: nn.Module, batch: Any, state: Any) -> Any:
        return super().loss(model, batch, state)[0].detach(), None


class Anonymous(Toy):
    def load(self, dataset: str, cache: Any) -> ToyData:
        data = super().load(dataset, cache)
        data.fingerprint = ""
        return data


class Breaks(Toy):
    def loss(self, model: nn.Module, batch: Any, state: Any) -> Any:
        raise KeyError("columns")


def ask(preset: Path, name: str) -> tuple[int, str]:
    ran = CliRunner().invoke(app, ["check", name, "--preset", str(preset)])
    return ran.exit_code, ran.output


@pytest.mark.parametrize(
    ("cls", "said"),
    [
        (NoUnits, "is no domain yet: it lacks the method units(batch). docs/own-domain.md"),
        (
            Bare,
            "it lacks the method build(model, size, data); it lacks the method evaluate(model, data, split)",
        ),
        (Bare, "it lacks metrics, a tuple of Metric; it lacks models, a dict of name: class"),
        (NoDomain, "not a subclass of steepness.domain.Domain"),
        (UnitsOfNothing, "units(batch) is 0; it must be an int, at least 1: the rows in the batch"),
        (Tensors, "returns squared_error as a Tensor; give float"),
        (ForgetsTest, "evaluate(model, data, 'test') lacks squared_error, absolute_error"),
        (RandomShards, "shard(data, m, seed) differs from call to call"),
        (OneShard, "is the same for seeds 0 and 1"),
        (RandomBatches, "batches(...)[0] differs from call to call"),
        (LossAlone, "returns a Tensor, not (loss, state)"),
        (Detached, "the loss has no gradient"),
        (Anonymous, "load gives no fingerprint"),
        (Breaks, "loss: KeyError: 'columns'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(preset: Path, cls: type, said: str) -> None:
    code, output = ask(preset, f"{__name__}:{cls.__name__}")
    assert code == 2
    assert said in output
    assert len(output.strip().splitlines()) == 1


def test_arrays_of_files_are_compared_by_their_numbers(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.arange(5))
    mapped = [np.load(tmp_path / "rows.npy", mmap_mode="r") for _ in range(2)]
    assert same(mapped[0], mapped[1])
    assert not same(mapped[0], np.arange(5) + 1)


def test_a_sound_domain_is_told_what_to_run_next(preset: Path) -> None:
    code, output = ask(preset, TOY)
    assert code == 0, output
    assert "no fault found with mlp" in output
    assert f"steepness plan {TOY}" in output


def test_a_domain_that_lacks_pieces_is_refused_by_every_command(preset: Path) -> None:
    with pytest.raises(ValueError, match=r"lacks the method units\(batch\)"):
        get_domain(f"{__name__}:NoUnits")
    for command in ("plan", "run"):
        ran = CliRunner().invoke(app, [command, f"{__name__}:Tensors", "--preset", str(preset)])
        assert ran.exit_code == 2
        assert "returns squared_error as a Tensor; give float" in ran.output


def test_without_a_preset_there_is_a_word(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["check", TOY])
    assert ran.exit_code == 2
    assert "no presets/*.toml beside the class" in ran.output


def test_data_smaller_than_the_smallest_shard_is_a_fault() -> None:
    toy = get_domain(TOY)
    data = Data(dataset="x", fingerprint="y", train_units=3)
    assert faults_of(Sample(domain=toy, data=data, model="mlp", size=2, m=8, batch_size=4)) == [
        "load gives train_units 3; the smallest shard wants the int 8 or more"
    ]
