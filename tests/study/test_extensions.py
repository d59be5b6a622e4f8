"""What a search does where its winners lie at an edge of what it tried."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import pytest

from steepness.study.converged import Lengthened
from steepness.study.plan import rehearse
from steepness.training.trial import Record, Trial
from tests.study.landscape import METRIC, complete, ledger, outcome, search


def far(trial: Trial) -> Record:
    """The best rate is nine times the grid's highest, which a probe shows, too."""
    off = abs(math.log(trial.training.learning_rate / 0.27))
    error = 1.0 + off + (0.5 if trial.training.stop_step else 0.0)
    return msgspec.structs.replace(outcome(trial), validation={METRIC: error})


def whole(records: dict[str, Record]) -> list[Record]:
    return [r for r in records.values() if not r.trial.training.stop_step]


def best_rates(records: dict[str, Record], seed: int) -> dict[int, float]:
    ranked = sorted(whole(records), key=lambda r: -r.error(METRIC))
    return {r.trial.m: r.trial.training.learning_rate for r in ranked if r.trial.seed == seed}


@pytest.mark.parametrize("cull_at", [0.3, 1.0])
def test_what_is_better_beyond_an_edge_is_trained_to_its_end_at_the_shards_that_are_quoted(
    preset: Path, cull_at: float
) -> None:
    records = complete(search(preset, f"search.cull_at={cull_at}", spending=ledger(400_000.0)), far)
    rates = best_rates(records, seed=0)
    largest = sorted(rates)[-6:]
    assert {rates[m] for m in largest} == {0.27}
    # more seeds are those of the winners that were found so
    assert {best_rates(records, seed=2)[m] for m in largest} == {0.27}


def at_its_end(trial: Trial) -> Record:
    """As an annealed schedule has it, and longer ones bring nothing."""
    epochs = trial.training.max_epochs
    steps = trial.training.stop_step or round(12 * epochs)
    return msgspec.structs.replace(
        outcome(trial), flagged=not trial.training.stop_step, steps=steps, best_step=steps, epochs=epochs
    )


ANNEALED = ("search.every_seed=true", "search.cull_at=0.3", "training.schedule=cosine")


def test_arms_of_a_comparison_show_that_they_are_trained_out(preset: Path) -> None:
    records = complete(search(preset, *ANNEALED), at_its_end)
    lengthened = Lengthened(records.values(), METRIC)
    shortest = min(r.trial.training.max_epochs for r in whole(records))
    first = [r for r in whole(records) if r.trial.training.max_epochs == shortest]
    assert first
    assert all(lengthened.trained_out(r) for r in first)


def test_arms_that_gain_by_training_for_longer_are_trained_for_as_long_as_they_do_at_every_shard(
    preset: Path,
) -> None:
    def at_four_times(trial: Trial) -> Record:
        """The lowest error is that of four times the preset's epochs; every second run has it just before its end."""
        record, off = at_its_end(trial), abs(math.log2(trial.training.max_epochs / 32))
        early = trial.m in (32, 128)
        return msgspec.structs.replace(
            record, validation={METRIC: record.error(METRIC) * (1 + 0.1 * off)},
            best_step=record.steps - early, flagged=record.flagged and not early,
        )  # fmt: skip

    records = complete(search(preset, *ANNEALED), at_four_times)
    best = sorted(whole(records), key=lambda r: -r.error(METRIC))
    winners = {(r.trial.m, r.trial.seed): r for r in best}
    assert len({m for m, _ in winners}) > 3
    assert {r.trial.training.max_epochs for r in winners.values()} == {32}
    lengthened = Lengthened(records.values(), METRIC)
    assert all(map(lengthened.trained_out, winners.values()))


def test_longer_trials_of_those_at_hand_are_planned_as_bringing_nothing(preset: Path) -> None:
    records = complete(search(preset, *ANNEALED), at_its_end)
    shortest = min(r.trial.training.max_epochs for r in records.values())
    before = {i: r for i, r in records.items() if r.trial.training.max_epochs == shortest}
    assert rehearse(search(preset, *ANNEALED), 2, before).trials == len(records) - len(before) > 0


def test_a_probe_beyond_an_edge_that_loses_is_not_trained_on(preset: Path) -> None:
    records = complete(search(preset, "search.cull_at=0.3", spending=ledger(400_000.0)))
    tried = {r.trial.training.learning_rate for r in records.values()}
    assert max(tried) > 0.03
    assert max(r.trial.training.learning_rate for r in whole(records)) == 0.03


def test_settings_that_won_at_a_shard_are_tried_at_the_next_one(preset: Path) -> None:
    """Every other shard looks at lower rates alone: the first at which higher ones win is not left with its own."""

    def rising(trial: Trial) -> Record:
        best = 0.03 if trial.m >= 512 else 0.01
        off = abs(math.log(trial.training.learning_rate / best))
        error = 1.0 + off + (0.5 if trial.training.stop_step else 0.0)
        return msgspec.structs.replace(outcome(trial), validation={METRIC: error})

    settings = ("search.cull_at=0.3", "search.trials=3")
    records = complete(search(preset, *settings, spending=ledger(400_000.0)), rising)
    rates = best_rates(records, seed=0)
    assert max(rates) == 4096
    assert {m: rate for m, rate in rates.items() if m >= 128} == {
        m: 0.03 if m >= 512 else 0.01 for m in rates if m >= 128
    }


def test_one_shard_vouches_for_its_neighbours(preset: Path) -> None:
    """What is asked for at the largest shard in a round is not asked for at the next ones in the same."""
    records = complete(search(preset, "search.cull_at=0.3", spending=ledger(400_000.0)))
    beyond = [r.trial.m for r in records.values() if r.trial.training.learning_rate > 0.03]
    assert 1 <= len(beyond) < 6


def test_a_longer_trial_is_the_one_that_its_record_names(preset: Path) -> None:
    """Where a least number of steps makes more of the epochs, too: numbers come back from a file as they went."""

    def held_up(trial: Trial) -> Record:
        return msgspec.structs.replace(at_its_end(trial), epochs=max(trial.training.max_epochs, 30.0))

    records = complete(search(preset, *ANNEALED), held_up)
    for record in records.values():
        kept = msgspec.json.decode(msgspec.json.encode(record), type=Record)
        assert kept.trial.id == record.trial.id
    assert any(r.trial.training.max_epochs not in (8, 16, 32) for r in records.values())
