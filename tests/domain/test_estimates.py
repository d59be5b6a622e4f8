from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from steepness.domain.estimates import NotFinite, errors_of, ratio
from tests.toy import Toy, ToyData

NOTHING = ToyData(dataset="", fingerprint="", train_units=0)
SOUND = {"squared_error": 1.0, "absolute_error": 0.5}


class Says(Toy):
    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def evaluate(self, model: nn.Module, data: ToyData, split: str) -> dict[str, float]:
        return self.answer  # type: ignore[no-any-return]


def test_standard_errors_are_those_of_resampled_groups() -> None:
    draw = np.random.default_rng(0)
    counts = draw.integers(1, 20, 400).astype(float)
    wrong = draw.binomial(counts.astype(int), draw.beta(2, 3, 400)).astype(float)
    mean, se = ratio(wrong, counts)
    rows = draw.integers(0, 400, (4000, 400))
    resampled = wrong[rows].sum(1) / counts[rows].sum(1)
    assert mean == pytest.approx(wrong.sum() / counts.sum())
    assert se == pytest.approx(resampled.std(), rel=0.1)


def test_tensors_give_what_arrays_give_and_empty_groups_are_none() -> None:
    totals, counts = np.array([3.0, 0.0, 4.0]), np.array([5, 0, 4])
    assert ratio(torch.from_numpy(totals), torch.from_numpy(counts)) == pytest.approx(ratio(totals, counts))
    assert ratio(totals, counts) == pytest.approx(ratio(totals[[0, 2]], counts[[0, 2]]))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (SOUND | {"squared_error": torch.tensor(1.0)}, "returns squared_error as a Tensor; give float"),
        (SOUND | {"squared_error_se": 1}, "returns squared_error_se as a int"),
        ({"squared_error": 1.0}, "lacks absolute_error, which its metrics declare"),
        (1.0, "returns a float, not a dict"),
    ],
)
def test_what_evaluate_may_not_return_is_named(answer: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        errors_of(Says(answer), nn.Identity(), NOTHING, "test")
    assert str(error.value).startswith("toy: evaluate(model, data, 'test')")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_error_that_is_no_number_is_a_divergence(value: float) -> None:
    with pytest.raises(NotFinite, match="absolute_error is not finite"):
        errors_of(Says(SOUND | {"absolute_error": value}), nn.Identity(), NOTHING, "test")


def test_sound_errors_are_passed_on() -> None:
    assert errors_of(Says(SOUND), nn.Identity(), NOTHING, "test") == SOUND
