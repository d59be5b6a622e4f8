"""Forms of the joint law on public runs: how each foretells the corner held out, and Chinchilla's law again.

python -m benchmarks.laws.joint_corner         # writes benchmarks/laws/joint_corner.md
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.laws.joint_peers import huber_36
from steepness.laws import Interval, JointLaw, fit_joint
from steepness.laws.forms import Floats
from steepness.laws.joint import JOINT_FORMS

HERE = Path(__file__).parent
TABLE, RUNS = HERE / "joint_corner.md", HERE / "runs"
SHARES = (0.0, 0.1, 0.2, 0.35)
# Besiroglu et al. 2024, table 1: the re-fit of 240 runs, standard errors of 4,000 bootstraps in brackets
PUBLISHED = {
    "E": (1.8172, 0.03),
    "A": (482.01, 124.58),
    "a": (0.3478, 0.02),
    "B": (2085.43, 1293.23),
    "b": (0.3658, 0.02),
}


@dataclass(frozen=True)
class Runs:
    """Public runs, shape (n,) each; `unique` is None where all data is fresh."""

    params: Floats
    data: Floats
    loss: Floats
    unique: Floats | None

    @classmethod
    def read(cls, name: str) -> "Runs":
        """From a table in `runs/`."""
        table = np.genfromtxt(RUNS / f"{name}.csv", delimiter=",", names=True)
        names = table.dtype.names
        data = table["data"] if "data" in names else table["flops"] / 6 / table["params"]
        return cls(table["params"], data, table["loss"], table["unique"] if "unique" in names else None)

    def where(self, kept: NDArray[np.bool_]) -> "Runs":
        """Some of them."""
        unique = None if self.unique is None else self.unique[kept]
        return Runs(self.params[kept], self.data[kept], self.loss[kept], unique)

    def farthest(self, share: float) -> NDArray[np.bool_]:
        """The share of largest N * D."""
        spent = self.params * self.data
        return spent > np.quantile(spent, 1 - share)

    def fit(self, form: str) -> JointLaw:
        """A law of these runs; the chosen form decides whether repeats are told."""
        return fit_joint(self.params, self.data, self.loss, unique=self.unique, form=form)


def score(runs: Runs, form: str, share: float) -> tuple[float, str]:
    """R2 of the held-out corner, and the form fitted; of the very runs fitted if none is held out."""
    held = runs.farthest(share)
    law, test = runs.where(~held).fit(form), runs.where(held) if share else runs
    off = law.predict(test.params, test.data, test.unique) - test.loss
    return 1 - float((off**2).sum() / ((test.loss - test.loss.mean()) ** 2).sum()), law.form


def corner_table(runs: Runs) -> list[str]:
    """R2 of every form, and of the one that `form="auto"` takes from the training part alone."""
    forms = [f.name for f in JOINT_FORMS.values() if not f.repeated or runs.unique is not None]
    lines = [
        "| form | parameters, or the forms chosen | "
        + " | ".join(f"last {share:.0%} of N * D" if share else "none held out" for share in SHARES)
        + " |",
        "|---" * (2 + len(SHARES)) + "|",
    ]
    for form in (*forms, "auto"):
        scores = [score(runs, form, share) for share in SHARES]
        size = (
            str(JOINT_FORMS[form].size) if form in JOINT_FORMS else ", ".join(sorted({s[1] for s in scores}))
        )
        lines.append(f"| {form} | {size} | " + " | ".join(f"{r2:.3f}" for r2, _ in scores) + " |")
    return lines


def chinchilla_table() -> list[str]:
    """Ours next to the published re-fit, on the same runs."""
    runs = Runs.read("chinchilla")
    kept = runs.where(runs.loss < np.sort(runs.loss)[-5])
    law, resampled = (
        kept.fit("chinchilla"),
        huber_36(kept.params, kept.data, kept.loss, resamples=400)[1] or [],
    )
    again = dict(zip(("E", "a", "b"), resampled, strict=True))
    lines = ["| | published re-fit | its method, 400 resamples by us | ours, 95 % |", "|---|---|---|---|"]
    for name, (value, error) in PUBLISHED.items():
        told = law.parameters[name]
        published = f"{value:g} ({value - 1.96 * error:.3g} to {value + 1.96 * error:.3g})"
        ranged = f"{again[name][0]:.3g} to {again[name][1]:.3g}" if name in again else ""
        lines.append(
            f"| {name} | {published} | {ranged} | {told.value:.4g} ({told.low:.3g} to {told.high:.3g}) |"
        )
    best = law.compute_optimal(5.76e23)
    lines += [
        "",
        f"Best split of 5.76e23 FLOPs (Gopher's budget): {_span(best.params)} parameters, {_span(best.data)} tokens.",
    ]
    return [*lines, *(f"Warning: {warning}." for warning in law.warnings)]


def _span(told: Interval) -> str:
    return f"{told.value:.3g} ({told.low:.3g} to {told.high:.3g})"


def main() -> None:
    """Score and write the tables."""
    text = "\n".join(
        [
            "# Joint laws on public runs\n",
            "R2 of the runs with the largest N * D, each form fitted to the others; `auto` chooses a form by corners "
            "held out of those others. Sources: [runs/README.md](runs/README.md). All three corners were looked at "
            "when forms were written, so a corner of other runs is the better judge.\n",
            "## Farseer: 404 runs, all data fresh\n",
            *corner_table(Runs.read("farseer")),
            "\n## Data-constrained: 161 runs, up to 3,000 epochs\n",
            *corner_table(Runs.read("data_constrained")),
            "\n## Chinchilla: 240 of the 245 runs, the five highest losses left out as published\n",
            *chinchilla_table(),
            "\nMade by `python -m benchmarks.laws.joint_corner`.\n",
        ]
    )
    TABLE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
