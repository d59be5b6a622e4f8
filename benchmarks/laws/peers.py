"""Forecast error, interval and time per fit on the public curves, next to the estimators people use.

python -m benchmarks.laws.peers            # writes benchmarks/laws/peers.md; --only NAME runs one
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import lmfit
import numpy as np
from scipy.optimize import curve_fit, minimize

from benchmarks.laws.curves import SUITES, Curve, interval_score, public_curves, rmsle
from steepness.laws import bootstrap, extrapolate
from steepness.laws.forms import Floats

Answer = tuple[Floats, Floats | None, Floats | None]
TABLE = Path(__file__).with_name("peers.md")


def ours(x: Floats, y: Floats, new: Floats) -> Answer:
    """steepness.laws.extrapolate."""
    found = extrapolate(x, y, new)
    return found.value, found.low, found.high


def plain_bootstrap(x: Floats, y: Floats, new: Floats) -> Answer:
    """Power + constant refitted on 1,000 resamples, percentile interval."""
    low, value, high = np.quantile(bootstrap(x, y).predict(new), [0.025, 0.5, 0.975], axis=0)
    return value, low, high


def last_value(x: Floats, y: Floats, new: Floats) -> Answer:
    """The last error stays."""
    return np.full(len(new), y[-1]), None, None


def _law(x: Floats, a: float, b: float, c: float) -> Floats:
    return a * x**-b + c


def scipy_curve_fit(x: Floats, y: Floats, new: Floats) -> Answer:
    """scipy.optimize.curve_fit on scaled data, bounds on all parameters."""
    scale, top = x[-1], y.mean()
    p, _ = curve_fit(_law, x / scale, y / top, p0=(0.5, 0.5, 0.5), bounds=(0, np.inf), maxfev=5000)
    return _law(new / scale, *p) * top, None, None


def huber_36(x: Floats, y: Floats, new: Floats) -> Answer:
    """Huber loss on log-sum-exp, L-BFGS from 36 starts (Hoffmann et al. 2022)."""
    z, log_y = np.log(x / x[-1]), np.log(y)

    def loss(p: Floats) -> tuple[float, Floats]:
        u, v = p[0] - p[1] * z, np.full_like(z, p[2])
        log_f = np.logaddexp(u, v)
        miss, share = log_f - log_y, np.exp(u - log_f)
        bent = np.clip(miss, -1e-3, 1e-3)
        cost = np.where(np.abs(miss) < 1e-3, miss**2 / 2, 1e-3 * (np.abs(miss) - 5e-4))
        return float(cost.sum()), np.array([bent @ share, -bent @ (share * z), bent @ (1 - share)])

    starts = [
        (log_y[-1] + a, b, log_y[-1] + c)
        for a in (-2, -1, 0)
        for b in (0.1, 0.3, 0.6, 1)
        for c in (-3, -1, -0.2)
    ]
    best = min((minimize(loss, s, jac=True, method="L-BFGS-B") for s in starts), key=lambda found: found.fun)
    return np.exp(np.logaddexp(best.x[0] - best.x[1] * np.log(new / x[-1]), best.x[2])), None, None


def lmfit_model(x: Floats, y: Floats, new: Floats) -> Answer:
    """lmfit.Model of the same law on scaled data, weighted by 1 / y."""
    scale, top = x[-1], y.mean()
    model = lmfit.Model(_law)
    start = model.make_params(
        a={"value": 0.5, "min": 0}, b={"value": 0.5, "min": 0}, c={"value": 0.5, "min": 0}
    )
    found = model.fit(y / top, start, x=x / scale, weights=top / y)
    return _law(new / scale, **found.best_values) * top, None, None


PEERS: dict[str, Callable[[Floats, Floats, Floats], Answer]] = {
    "steepness": ours,
    "plain bootstrap": plain_bootstrap,
    "scipy curve_fit": scipy_curve_fit,
    "Huber, 36 starts": huber_36,
    "lmfit": lmfit_model,
    "last value": last_value,
}


def scored(peer: Callable[[Floats, Floats, Floats], Answer], curves: list[Curve]) -> dict[str, list[float]]:
    """Per suite: mean RMSLE, coverage, width, Winkler score; under "ms" the mean time per fit."""
    rows: dict[str, list[list[float]]] = {suite: [] for suite in SUITES}
    spent = 0.0
    for curve in curves:
        start = time.process_time()
        try:
            value, low, high = peer(curve.x, curve.y, curve.x_new)
        except (RuntimeError, ValueError):  # an optimiser that gives up scores 1
            value, low, high = np.full(len(curve.x_new), np.nan), None, None
        spent += time.process_time() - start
        intervals = interval_score(low, high, curve.y_new) if low is not None and high is not None else ()
        rows[curve.suite].append([rmsle(value, curve.y_new), *intervals])
    means = {suite: np.mean(scores, axis=0).tolist() for suite, scores in rows.items()}
    return {**means, "ms": [1e3 * spent / len(curves)]}


def table(results: dict[str, dict[str, list[float]]]) -> str:
    """Two Markdown tables: errors and times, then intervals."""
    lines = ["| estimator | " + " | ".join(SUITES) + " | ms a fit |", "|---" * (len(SUITES) + 2) + "|"]
    for name, r in results.items():
        lines.append(f"| {name} | " + " | ".join(f"{r[s][0]:.4f}" for s in SUITES) + f" | {r['ms'][0]:.2f} |")
    lines += [
        "",
        "| 95 % intervals: coverage / relative width / Winkler | " + " | ".join(SUITES) + " |",
        "|---" * (len(SUITES) + 1) + "|",
    ]
    for name, r in results.items():
        if len(r[SUITES[0]]) > 1:
            lines.append(
                f"| {name} | "
                + " | ".join("{:.3f} / {:.3f} / {:.3f}".format(*r[s][1:]) for s in SUITES)
                + " |"
            )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Score every peer and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PEERS, help="score this one and print, without writing the table")
    chosen = parser.parse_args().only
    curves = public_curves()
    warnings.simplefilter("ignore")
    with np.errstate(all="ignore"):
        results = {name: scored(peer, curves) for name, peer in PEERS.items() if chosen in (None, name)}
    text = table(results)
    print(text)
    if chosen is None:
        note = "Mean RMSLE of held-out points on the 532 public curves (lower is better), one core.\n\n"
        TABLE.write_text(f"# Peers\n\n{note}{text}\nMade by `python -m benchmarks.laws.peers`.\n")


if __name__ == "__main__":
    main()
