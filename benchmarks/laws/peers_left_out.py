"""The constants of forecasts, tuned by leaving a suite out: each family of suites scored with what the others choose.

python -m benchmarks.laws.peers_left_out             # scores every candidate, stores the scores, prints the table
python -m benchmarks.laws.peers_left_out --stored    # the table alone, from the stored scores

Candidates are today's constants and each of them changed by itself. The score of a family is the mean log RMSLE of its
suites; a choice is the candidate with the lowest mean over the other families, and today's
where no candidate is more than one per cent better, so that nothing moves for a tie.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.laws.curves import FAMILIES, Curve, public_curves, rmsle, thinned
from steepness.laws import ensemble, shapes
from steepness.laws.extrapolate import carry_on
from steepness.laws.points import shards_of

STORED = Path(__file__).with_name("peers_left_out.json")
TODAY = "today's"
TIE = 0.01
CANDIDATES: dict[str, tuple[Any, ...]] = {
    "TAILS": ((0.5,), (4.0,), (0.5, 1.5, 3.0)),
    "RULE_TAIL": (3.0, 3.5, 5.0),
    "RULE_SHARDS": (1e-3, 5.0, 6.5, 10.0, 1e9),
    "LEAST_POINTS": (1.7, 2.5),
    "EVIDENCE": (20.0, 80.0),
    "SMOOTHNESS": (3.5, 7.0),
    "RESOLUTION": (2.5e-4, 1e-3),
    "USUAL_NOISE": (1e-4, 1.5e-3, 5e-3),
    "SELECTION": (0.0, 6.0, 12.0),
    "SMALLEST_MISS": (1e-3, 6e-3),
    "_OF_A_LINE": ((0.5, 0.8),),
    "_OF_A_BEND": ((0.5, 0.6), (0.7, 0.6), (0.85, 0.45), (0.85, 0.8)),
    "_OF_THE_RULE": ((0.4, 0.4), (0.6, 0.4), (0.5, 0.3), (0.5, 0.5)),
    "_SHARES": tuple(
        {"power": power, "constant": 1 - power - plateau - damped, "plateau": plateau, "damped": damped}
        for power, plateau, damped in (
            (0.3, 0.005, 0.1), (0.02, 0.005, 0.1), (0.1, 0.005, 0.1), (0.05, 0.001, 0.1), (0.05, 0.01, 0.1),
            (0.05, 0.03, 0.1), (0.05, 0.005, 0.0001), (0.05, 0.005, 0.3),
        )
    ),
}  # fmt: skip


def candidates() -> Iterator[tuple[str, str, Any]]:
    """A name, the constant that is changed, and its value; today's first."""
    yield TODAY, "SELECTION", ensemble.SELECTION
    for constant, values in CANDIDATES.items():
        for value in values:
            said = {k: round(v, 4) for k, v in value.items()} if isinstance(value, dict) else value
            yield f"{constant} = {said}", constant, value


def scores(curves: list[Curve], constant: str, value: Any) -> dict[str, float]:
    """Mean RMSLE per suite with one constant changed."""
    room = ensemble if hasattr(ensemble, constant) else shapes
    today = getattr(room, constant)
    setattr(room, constant, value)
    shapes.LOG_PRIOR, shapes.LOG_PRIOR_OF_THE_RULE = shapes.log_priors()
    found: dict[str, list[float]] = {}
    for curve in curves:
        ahead = carry_on(shards_of(curve.x, curve.y), curve.x_new, 0.95)
        found.setdefault(curve.suite, []).append(rmsle(ahead.value, curve.y_new))
    setattr(room, constant, today)
    shapes.LOG_PRIOR, shapes.LOG_PRIOR_OF_THE_RULE = shapes.log_priors()
    return {suite: float(np.mean(rows)) for suite, rows in found.items()}


def read() -> dict[str, dict[str, float]]:
    """The stored scores: mean RMSLE per candidate and suite."""
    found: dict[str, dict[str, float]] = json.loads(STORED.read_text())
    return found


def left_out(stored: dict[str, dict[str, float]]) -> str:
    """A Markdown table: per family what the others choose, its error then, and with today's constants."""
    names = list(stored)
    families = list(FAMILIES)
    log_nf = np.array(
        [[np.mean([np.log(stored[n][s]) for s in FAMILIES[f]]) for f in families] for n in names]
    )
    lines = ["| left out | chosen by the others | error so | today's |", "|---|---|---|---|"]
    for f, family in enumerate(families):
        others_n = np.delete(log_nf, f, axis=1).mean(axis=1)
        best = int(others_n.argmin()) if others_n.min() < others_n[0] - TIE else 0
        so, today = (np.exp(log_nf[n, f]) for n in (best, 0))
        lines.append(f"| {family} | {names[best]} | {so:.4f} | {today:.4f} |")
    return "\n".join(lines) + "\n"


def effects(stored: dict[str, dict[str, float]]) -> str:
    """A Markdown table: what each candidate changes, per family, in per cent of today's error."""
    lines = ["| candidate | " + " | ".join(FAMILIES) + " | mean |", "|---" * (len(FAMILIES) + 2) + "|"]
    for name, found in stored.items():
        change = [
            100 * np.mean([np.log(found[s] / stored[TODAY][s]) for s in suites])
            for suites in FAMILIES.values()
        ]
        lines.append(
            f"| {name} | " + " | ".join(f"{c:+.1f}" for c in change) + f" | {np.mean(change):+.1f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Score the candidates, or read their scores, and print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stored", action="store_true", help="print the stored scores' tables")
    if not parser.parse_args().stored:
        curves = public_curves()
        curves += thinned(curves)
        with np.errstate(all="ignore"):
            found = {name: scores(curves, constant, value) for name, constant, value in candidates()}
        STORED.write_text(json.dumps(found, indent=1) + "\n")
    stored = read()
    print(left_out(stored) + "\n" + effects(stored))


if __name__ == "__main__":
    main()
