from __future__ import annotations

import pytest
import torch

from steepness.training.optimizers import Patience, make_optimizer, rate_at
from steepness.training.trial import Training


def evaluations_until_used_up(errors: list[float], train: list[float] | float, patience: float) -> int | None:
    rule = Patience(Training(patience=patience, tolerance=0.002))
    for i, error in enumerate(errors):
        rule.improved(error, train[i] if isinstance(train, list) else train)
        if rule.used_up:
            return i + 1
    return None


def test_patience_survives_a_plateau_that_a_plain_count_would_stop_on() -> None:
    plateau = [6.0, 4.90] + [4.901, 4.902] * 6 + [4.7, 4.49]  # the unigram plateau, then learning goes on
    assert evaluations_until_used_up(plateau, train=4.88, patience=4) is None


def test_patience_stops_soon_when_the_error_rises() -> None:
    assert evaluations_until_used_up([5.0, 4.5, 4.6, 4.7, 4.8, 4.9, 5.0], train=4.5, patience=4) == 6


def test_patience_stops_soon_when_training_goes_on_and_the_error_does_not_follow() -> None:
    falling = [4.6, 4.5, 4.3, 4.1, 3.9, 3.7, 3.5, 3.3]
    assert evaluations_until_used_up([5.0, 4.5] + [4.499] * 6, train=falling, patience=4) == 6


def test_patience_ends_on_a_plateau_without_end() -> None:
    assert evaluations_until_used_up([4.0] * 100, train=4.0, patience=4) == 17


def test_a_tiny_gain_is_kept_as_the_best_but_does_not_renew_patience() -> None:
    rule = Patience(Training(tolerance=0.002))
    assert rule.improved(4.0, 4.0)
    assert rule.improved(3.999, 4.0)
    assert (rule.best, rule.stale) == (3.999, 0.25)


@pytest.mark.parametrize(
    ("name", "at_start", "at_end"), [("constant", 1.0, 1.0), ("cosine", 1.0, 0.0), ("one_cycle", 0.04, 0.0)]
)
def test_schedules_start_and_end_where_they_should(name: str, at_start: float, at_end: float) -> None:
    settings = Training(learning_rate=1.0, schedule=name)  # type: ignore[arg-type]
    assert rate_at(settings, 0, 100, 0) == pytest.approx(at_start)
    assert rate_at(settings, 100, 100, 0) == pytest.approx(at_end)
    assert max(rate_at(settings, step, 100, 0) for step in range(100)) == pytest.approx(1.0)


def test_warm_up_rises_linearly() -> None:
    settings = Training(learning_rate=1.0, warmup_steps=4)
    assert [rate_at(settings, step, 100, 0) for step in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]


@pytest.mark.parametrize("name", ["sgd", "nesterov", "adam", "adamw"])
def test_every_named_optimizer_lowers_a_loss(name: str) -> None:
    model = torch.nn.Linear(3, 1)
    optimizer = make_optimizer(model, Training(optimizer=name, learning_rate=0.05))  # type: ignore[arg-type]
    x = torch.randn(16, 3, generator=torch.Generator().manual_seed(0))
    losses = []
    for _ in range(20):
        loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
