"""`check-model` on the made-up domain: every fault is named, before anything is trained."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from steepness.compare.check import Check, check_model
from steepness.study.prepare import Request, prepare
from tests.conftest import TOY
from tests.toy import FEATURES, Network


class NoDial(Network):
    def __init__(self, size: int) -> None:
        super().__init__(8)


class NoisyInEvaluation(Network):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(nn.functional.dropout(x))


class NoisyInTraining(Network):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * (random.random() if self.training else 1.0)


class NoisyAtBirth(Network):
    def __init__(self, size: int) -> None:
        super().__init__(size)
        nn.init.constant_(self.layers[0].bias, random.random())


class Remembers(Network):
    def forward(self, x: Tensor) -> Tensor:
        self.calls = getattr(self, "calls", 0) + 1
        return super().forward(x) * self.calls


class Unused(Network):
    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.never = nn.Linear(1, 1)


class Infinite(Network):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) / 0


class OtherSignature(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()


class TakesNothing(Network):
    def forward(self) -> Tensor:  # type: ignore[override]
        return torch.zeros(1)


class Frozen(Network):
    """Its first layer is fixed on purpose: that is no fault."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.layers[0].requires_grad_(False)


def checked(preset: Path, model: str) -> Check:
    ready = prepare(Request(domain=TOY, preset=str(preset), device="cpu"))
    return check_model(ready.domain, ready.data, ready.preset, model)


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (NoDial, "its size dial does nothing: 81 parameters at size 2 but 81 at size 4"),
        (NoisyInEvaluation, "not deterministic: in eval mode"),
        (NoisyInTraining, "not deterministic: in training"),
        (NoisyAtBirth, "not deterministic: built twice from one seed"),
        (Remembers, "not deterministic: in eval mode"),
        (Unused, "no gradient reaches never.weight, never.bias"),
        (Infinite, "its loss is not a finite number"),
        (OtherSignature, "cannot be constructed at size 2: TypeError"),
        (TakesNothing, "a batch cannot be run through it: TypeError"),
    ],
)
def test_a_fault_is_named(preset: Path, model: type, fault: str) -> None:
    found = checked(preset, f"{__name__}:{model.__name__}")
    assert fault in found.refusal()
    assert model.__name__ in found.refusal()


@pytest.mark.parametrize("model", ["mlp", f"{__name__}:Frozen"])
def test_a_sound_model_passes_with_its_sizes_counted(preset: Path, model: str) -> None:
    found = checked(preset, model)
    assert found.faults == ()
    assert found.parameters == {size: size * (FEATURES + 2) + 1 for size in (2, 4, 8, 16)}
    assert "size 16: 161 parameters" in found.in_words()


def test_a_model_that_is_not_there_is_an_error(preset: Path) -> None:
    with pytest.raises(ValueError, match=r'unknown model "mpl" of toy.*did you mean "mlp"'):
        checked(preset, "mpl")
