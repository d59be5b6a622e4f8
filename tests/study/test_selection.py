from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np
import pytest

from steepness.study.selection import Choice, best_fit, best_of_each, selection_gap
from steepness.training.trial import Machine, Record, Training, Trial

MACHINE = Machine(device="cpu", processor="", threads=1, platform="", python="", versions={}, commit="")


def record(size: int, seed: int, error: float, m: int = 100) -> Record:
    trial = Trial(
        domain="toy", options={}, dataset="toy", fingerprint="", model="mlp", size=size, m=m, data_seed=0, seed=seed,
        training=Training(),
    )  # fmt: skip
    return Record(id=trial.id, trial=trial, status="done", validation={"error": error}, machine=MACHINE)


def chosen(records: Iterable[Record]) -> Choice:
    (choice,) = best_fit(list(records), "error")
    return choice


def errors(runs: Iterable[Record]) -> list[float]:
    return [r.error("error") for r in runs]


def test_a_single_candidate_is_quoted_whole() -> None:
    found = chosen([record(8, 0, 0.5), record(8, 1, 0.6)])
    assert errors(found.runs) == [0.5, 0.6]
    assert not found.choosing
    assert not found.biased


def test_the_run_that_chose_the_winner_is_not_quoted() -> None:
    found = chosen([record(8, 0, 0.5), record(16, 0, 0.6), record(8, 1, 0.7), record(8, 2, 0.8)])
    assert errors(found.runs) == [0.7, 0.8]
    assert errors(found.choosing) == [0.5]
    assert not found.biased


def test_a_winner_that_was_not_trained_again_is_biased() -> None:
    found = chosen([record(8, 0, 0.5), record(16, 0, 0.6)])
    assert errors(found.runs) == [0.5]
    assert found.biased


def test_finalists_are_chosen_on_the_other_seeds() -> None:
    # size 8 is the lucky one on seed 1, size 16 on seed 2: each seed is quoted for the choice of the others
    runs = [record(8, 0, 0.50), record(16, 0, 0.52), record(32, 0, 0.9)]
    runs += [record(8, 1, 0.40), record(16, 1, 0.60), record(8, 2, 0.70), record(16, 2, 0.30)]
    found = chosen(runs)
    assert sorted(errors(found.runs)) == [0.60, 0.70]


def test_where_every_seed_searches_each_is_quoted_for_the_choice_of_the_others() -> None:
    runs = [record(8, 0, 0.5), record(16, 0, 0.6), record(8, 1, 0.7), record(16, 1, 0.4)]
    found = chosen(runs)
    assert sorted(errors(found.runs)) == [0.6, 0.7]
    assert not found.biased


def test_quoting_others_removes_the_winners_curse() -> None:
    rng = np.random.default_rng(0)
    naive, honest = [], []
    for _ in range(300):
        explored = [record(size, 0, float(np.exp(0.05 * rng.standard_normal()))) for size in (8, 16, 24, 32)]
        winner = min(explored, key=lambda r: r.error("error")).trial.size
        found = chosen([*explored, record(winner, 1, float(np.exp(0.05 * rng.standard_normal())))])
        naive.append(np.log(min(errors(explored))))
        honest.append(np.log(errors(found.runs)[0]))
    assert np.mean(naive) < -0.04
    assert abs(np.mean(honest)) < 0.01


def test_each_seed_that_searched_for_itself_has_its_own_best() -> None:
    runs = [record(2, 0, 1.0), record(4, 0, 1.3), record(2, 1, 1.4), record(4, 1, 1.2), record(4, 2, 1.1)]
    (choice,) = best_of_each(runs, "error")
    assert sorted(errors(choice.runs)) == [1.0, 1.1, 1.2]
    assert choice.runs[0].error("error") == 1.1, "the middle run stands for the shard"
    assert choice.biased


def test_the_gap_and_its_slope() -> None:
    m = 100 * 2.0 ** np.arange(7)
    rng = np.random.default_rng(0)
    flat = [(float(x), 0.5 * float(np.exp(0.02 + 0.002 * rng.standard_normal())), [0.5]) for x in m]
    found = selection_gap(flat)
    assert found
    assert found.shift.value == pytest.approx(0.02, abs=0.003)
    assert not found.sloped
    growing = selection_gap([(x, error * (x / m[0]) ** 0.03, chosen) for x, error, chosen in flat])
    assert growing
    assert growing.sloped
    assert growing.slope.value == pytest.approx(0.03, abs=0.005)
    assert selection_gap(flat[:3]) is None
    assert selection_gap([(x, error, []) for x, error, _ in flat]) is None
    assert msgspec.json.encode(growing.as_dict())
