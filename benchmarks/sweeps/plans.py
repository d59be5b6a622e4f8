"""What `plan --budget` says, beside what the study then took: from the records and prices of published studies.

    python -m benchmarks.sweeps.plans results/published/*-cpu [--out FOLDER]

The plan is made anew, from the prices that a study measured when it began, its budgets and nothing else. What it took
is the steps and evaluations in its records, at the same prices: both are minutes of two workers of an idle machine,
with no pauses, so the table is the same wherever it is made. Both spend what the budget allows, so their ratio is near
1 unless one leaves some of it; what that buys may differ: the largest shard, and the trials. "The same trials" are
those of the study, priced before they ran, as if each had taken the preset's usual epochs, beside what they took; a
study knows better than that once its first shards are done. A study with a tenth of its budget or more left was ended
by a person, or by a search of other rules than today's: its minutes say nothing of a plan.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from steepness.study import Study, load_study
from steepness.study.ledger import Costs, Ledger
from steepness.study.plan import Plan, make_plan
from steepness.study.prepare import Prepared, Request, prepare
from steepness.training.trial import Record

WORKERS = 2
"""Of the published studies."""
NEAR = 0.25
"""Share by which a plan's minutes may be off."""
ENDED = 0.9
"""Share of a budget that is used where it, and no person, ended the study."""
HEAD = (
    "| study | budget, min | planned, min | of both workers | took | planned / took | largest shard planned | reached "
    "| trials planned | trained | the same trials, priced / took |"
)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A study beside its plan.

    Attributes:
        took: minutes of the workers together, without pauses.
        reached: largest shard.
        priced: its trials' price beforehand, of what they took.
        used: share of the budget.
        misjudged: where that price was further off than a plan may be, in words.
    """

    name: str
    budget: float
    planned: Plan
    took: float
    reached: int
    trained: int
    priced: float
    used: float
    misjudged: tuple[str, ...]

    @property
    def ended(self) -> bool:
        """Whether the budget is what ended it."""
        return self.used >= ENDED

    @property
    def worked(self) -> float:
        """Minutes that the plan expects all workers to train."""
        return sum(shard.seconds for shard in self.planned.shards) / 60 / self.planned.workers

    @property
    def ratio(self) -> float:
        """Planned, of what it took."""
        return self.worked / self.took

    def row(self) -> str:
        """Of the table."""
        plan = self.planned
        largest = max(shard.m for shard in plan.shards)
        ratio = f"{self.ratio:.2f}" if self.ended else f"ended at {self.used:.0%} of its budget"
        cells = [
            self.name, f"{self.budget:g}", f"{plan.minutes:.1f}", f"{self.worked:.1f}", f"{self.took:.1f}", ratio,
            f"{largest:,}", f"{self.reached:,}", str(plan.trials), str(self.trained), f"{self.priced:.2f}",
        ]  # fmt: skip
        return f"| {' | '.join(cells)} |"


def ready_for(study: Study) -> Prepared:
    """The study's own preset on its data."""
    manifest = study.manifest
    request = Request(
        domain=manifest.domain_path, preset=manifest.preset_name, offline=True, workers=WORKERS, device="cpu"
    )
    return replace(prepare(request), preset=manifest.preset)


def compare(study: Study, ready: Prepared, ledger: Ledger) -> Compared:
    """A study that was trained by a budget."""
    costs, done = Costs(ledger, ready), [record for record in study.records if record.status == "done"]
    spent = costs.spent(study.records)
    return Compared(
        name=study.path.name,
        budget=ledger.budgets[-1].minutes,
        planned=make_plan(ready, ledger),
        took=ledger.seconds(spent) / 60 / ready.workers,
        reached=max(record.trial.m for record in study.records),
        trained=len(study.records),
        priced=priced(done, costs),
        used=spent / ledger.budgets[-1].flops,
        misjudged=tuple(misjudged(done, costs)),
    )


def priced(records: Sequence[Record], costs: Costs) -> float:
    """What they were expected to take, of what they took."""
    return sum(costs.expected(record.trial) for record in records) / sum(map(costs.of, records))


def misjudged(records: Sequence[Record], costs: Costs) -> Iterator[str]:
    """Shards whose trials were priced too high or too low, and the epochs that say why."""
    ascending = sorted(records, key=lambda record: record.trial.m)
    for m, group in itertools.groupby(ascending, key=lambda record: record.trial.m):
        here = list(group)
        whole = [record for record in here if not record.trial.training.stop_step]
        if abs((ratio := priced(here, costs)) - 1) > NEAR and whole:
            took, trial = statistics.median(record.epochs for record in whole), whole[0].trial
            usual = costs.steps(trial.training, m) / costs.epoch_steps(m, trial.training.batch_size)
            yield f"at {m:,} priced {ratio:.2f} of what they took, {took:.1f} epochs where {usual:.1f} were expected"


def table(found: Sequence[Compared]) -> str:
    """Markdown, and what it comes to."""
    ended = [one for one in found if one.ended]
    near = sum(abs(one.ratio - 1) <= NEAR for one in ended)
    lines = [HEAD, "|" + "---|" * (HEAD.count("|") - 1), *(one.row() for one in found)]
    lines.append(f"\n{near} of {len(ended)} plans are within {NEAR:.0%} of what was taken.")
    lines += [f"{one.name}: trials {'; '.join(one.misjudged)}." for one in found if one.misjudged]
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("studies", nargs="+", type=Path)
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    studies = [load_study(path) for path in words.studies if (path / "study.json").exists()]
    found = [
        compare(study, ready_for(study), ledger)
        for study in studies if (ledger := study.manifest.ledger) and ledger.budgets
    ]  # fmt: skip
    print(table(found))
    if words.out:
        words.out.mkdir(parents=True, exist_ok=True)
        command, about = (
            "    python -m benchmarks.sweeps.plans results/published/*-cpu",
            str(__doc__).split("\n\n")[2],
        )
        head = f"# What a plan says, and what the study then took\n\n{command}\n\n{about}"
        (words.out / "plans.md").write_text(f"{head}\n{table(found)}\n")


if __name__ == "__main__":
    main()
