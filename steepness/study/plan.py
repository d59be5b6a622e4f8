"""What a study will cost, in words, before anything runs: a rehearsal of the very search, with made-up outcomes."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from steepness.laws.amounts import as_percent, counted, ranged
from steepness.press.words import duration, number
from steepness.study.ledger import Costs, Ledger, evaluations
from steepness.study.prepare import Prepared
from steepness.study.search import Search
from steepness.training.trial import EARLY, Evaluation, Machine, Record, Trial

GROWTH = 0.35
"""Exponent of the best size in the data, while nothing else is known: the paper's size laws in widths."""
NOWHERE = Machine(device="", processor="", threads=0, platform="", python="", versions={}, commit="")


@dataclass(kw_only=True, frozen=True)
class ShardPlan:
    """What is expected of one shard of one model, all its trials together.

    Attributes:
        epochs: of a trial that is trained to its end.
        sizes: smallest and largest that is tried.
        units: of data trained on.
        flops: at the speed that prices are in.
        seconds: of one worker.
    """

    model: str
    m: int
    trials: int
    epochs: float
    sizes: tuple[int, int]
    units: float
    flops: float
    seconds: float


@dataclass(kw_only=True, frozen=True)
class Plan:
    """A study's arithmetic. What is tried depends on what wins, so all of it is an estimate.

    Attributes:
        minutes: of wall clock on this machine, or on as many GPUs as were asked about.
        busy: share of the workers' time that is spent on trials.
        grows: whether a budget decides when it ends; the minutes then hold whatever is tried, the trials do not.
        ledger: the prices that it was made with.
        gpus: that were asked about, each with one trial at a time; None for this machine.
        sustained: FLOPs per second that one is taken to sustain; None if it was measured.
    """

    domain: str
    unit: str
    workers: int
    shards: tuple[ShardPlan, ...]
    minutes: float
    busy: float
    grows: bool
    ledger: Ledger
    gpus: int | None = None
    sustained: float | None = None

    @property
    def gpu_hours(self) -> float | None:
        """Of all GPUs, busy or not, to the end."""
        return None if self.gpus is None else self.gpus * self.minutes / 60

    @property
    def trials(self) -> int:
        """Trials in all."""
        return sum(shard.trials for shard in self.shards)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        derived = {"trials": self.trials, "gpu_hours": self.gpu_hours}
        plain = asdict(self) | derived | {"flops": sum(s.flops for s in self.shards)}
        return {name: value for name, value in plain.items() if name != "ledger"}

    def in_words(self) -> str:
        """The arithmetic as sentences, a line per shard."""
        lines = [
            f"{s.model} on {s.m:,} {self.unit}: {counted(s.trials, 'trial')} of size {ranged(*map(str, s.sizes))}, "
            f"up to {s.epochs:.3g} epochs, {s.units:.3g} {self.unit} trained, {s.flops:.2g} FLOPs, "
            f"{s.seconds:,.0f} s of one worker"
            for s in self.shards
        ]
        if not self.trials:
            return "No trial: the budget buys no shard; give a larger one."
        if not self.minutes:
            return "\n".join(
                [*lines, f"In all {counted(self.trials, 'trial')}; their time could not be measured."]
            )
        total = f"{sum(s.flops for s in self.shards):.2g} FLOPs"
        if self.gpus is not None:
            return "\n".join([*lines, f"In all {counted(self.trials, 'trial')}, {total}; {self._on_gpus()}."])
        lines.append(
            f"In all {counted(self.trials, 'trial')}, {total}; with {counted(self.workers, 'worker')} about "
            f"{duration(60 * self.minutes)} on this machine, busy {as_percent(self.busy)} of it (measured speed; "
            "epochs as usual for the preset)."
        )
        return "\n".join(lines)

    def _on_gpus(self) -> str:
        known = "measured speed"
        if self.sustained:
            known = f"{self.sustained / 1e12:g} teraflops sustained on each, without the evaluations that end trials"
        gpus = "1 GPU" if self.gpus == 1 else f"{self.gpus} GPUs"
        hours, all_hours = number(self.minutes / 60, 2), number(self.gpu_hours or 0.0, 2)
        return (
            f"on {gpus}, one trial at a time on each, about {hours} hours and {all_hours} GPU-hours, "
            f"{as_percent(self.busy)} of them busy ({known}; epochs as usual for the preset)"
        )


def make_plan(ready: Prepared, ledger: Ledger, done: Mapping[str, Record] | None = None) -> Plan:
    """The plan of what a study still has to do.

    Args:
        ledger: prices, and budgets if there are any.
        done: records at hand.
    """
    return rehearse(Search(ready, ledger), ready.workers, done or {})


def rehearse(search: Search, workers: int, done: Mapping[str, Record]) -> Plan:
    """What the search calls for, trial by trial on so many workers, with outcomes as they are expected: longer ones of
    trials at hand bring nothing new."""
    costs, records = search.terms.costs, dict(done)
    errors = {_any_length(r.trial): r.error(search.terms.metric) for r in done.values() if r.status == "done"}
    paid = _first_parts(records.values(), costs)
    lasts: list[tuple[Trial, float]] = []
    running: list[tuple[float, str, Trial]] = []
    now = 0.0
    while True:
        waiting = [t for t in search.due(records) if t.id not in {id for _, id, _ in running}]
        for trial in waiting[: workers - len(running)]:
            seconds = costs.ledger.seconds(max(costs.expected(trial) - paid.get(trial.id, 0.0), 0.0))
            lasts.append((trial, seconds))
            heapq.heappush(running, (now + seconds, trial.id, trial))
        if not running:
            break
        now, _, trial = heapq.heappop(running)
        records[trial.id] = outcome(trial, costs, errors.get(_any_length(trial)))
        paid |= _first_parts([records[trial.id]], costs)
    worked = sum(seconds for _, seconds in lasts)
    return Plan(
        domain=search.terms.domain.name,
        unit=search.terms.domain.unit,
        workers=workers,
        shards=_rows(lasts, costs),
        minutes=now / 60,
        busy=worked / (now * workers) if now else 1.0,
        grows=search.terms.grows,
        ledger=costs.ledger,
    )


def _first_parts(records: Iterable[Record], costs: Costs) -> dict[str, float]:
    """FLOPs that a trial need not pay again, by its id: it goes on from where it was stopped."""
    return {r.trial.goes_on_as.id: costs.of(r) for r in records if r.trial.goes_on_as != r.trial}


def outcome(trial: Trial, costs: Costs, error: float | None = None) -> Record:
    """A record as it might come out: the best size grows with the data, the first settings are the best, an annealed
    schedule is at its best at its end; or of an error that is expected for a better reason."""
    preset = costs.preset
    ladder = preset.ladder(costs.domain, trial.model)
    ideal = ladder[0] * (trial.m / preset.shards.start) ** GROWTH
    rate = math.log(trial.training.learning_rate / preset.training.learning_rate)
    made_up = trial.m**-0.1 * (1 + 0.1 * abs(math.log(trial.size / ideal)) + 1e-4 * abs(rate))
    error = made_up if error is None else error
    steps = math.ceil(costs.steps(trial.training, trial.m))
    checks = math.ceil(evaluations(trial.training, steps))
    line = Evaluation(
        step=steps, epoch=0.0, learning_rate=trial.training.learning_rate, train_loss=error, validation={}
    )
    return Record(
        id=trial.id,
        trial=trial,
        status="done",
        validation=defaultdict(lambda: error),
        flagged=not trial.training.stop_step and trial.training.schedule not in EARLY,
        best_step=steps,
        steps=steps,
        epochs=steps / costs.epoch_steps(trial.m, trial.training.batch_size),
        trace=[line] * checks,
        machine=NOWHERE,
    )


def _any_length(trial: Trial) -> str:
    """What a trial shares with longer ones."""
    training = msgspec.structs.replace(trial.training, max_epochs=1.0)
    return msgspec.structs.replace(trial, training=training).id


def _rows(lasts: list[tuple[Trial, float]], costs: Costs) -> tuple[ShardPlan, ...]:
    groups: dict[tuple[str, int], list[tuple[Trial, float]]] = defaultdict(list)
    for trial, seconds in lasts:
        groups[trial.model, trial.m].append((trial, seconds))
    return tuple(_row(model, m, group, costs) for (model, m), group in sorted(groups.items()))


def _row(model: str, m: int, group: list[tuple[Trial, float]], costs: Costs) -> ShardPlan:
    seconds = sum(s for _, s in group)
    trials = [trial for trial, _ in group]
    epochs = [costs.steps(t.training, m) / costs.epoch_steps(m, t.training.batch_size) for t in trials]
    sizes = [trial.size for trial in trials]
    trained = {
        t.goes_on_as.id: e for e, t in sorted(zip(epochs, trials, strict=True), key=lambda pair: pair[0])
    }
    return ShardPlan(
        model=model,
        m=m,
        trials=len(group),
        epochs=max(epochs),
        sizes=(min(sizes), max(sizes)),
        units=sum(trained.values()) * m,
        flops=seconds * costs.ledger.speed,
        seconds=seconds,
    )
