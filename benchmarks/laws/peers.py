"""Forecast error, interval and time per fit on the public curves, next to the estimators people use.

python -m benchmarks.laws.peers            # writes benchmarks/laws/peers.md; --only NAME runs one and prints
python -m benchmarks.laws.peers --full     # the 36 starts on the two large suites, too: minutes more
"""

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import lmfit
import numpy as np
from scipy.optimize import curve_fit, minimize

from benchmarks.laws import peers_left_out
from benchmarks.laws.curves import SUITES, THIN_SUITES, Curve, interval_score, public_curves, rmsle, thinned
from steepness.laws import bootstrap, extrapolate
from steepness.laws.extrapolate import carry_on
from steepness.laws.forms import Floats
from steepness.laws.points import shards_of

Answer = tuple[Floats, Floats | None, Floats | None]
TABLE = Path(__file__).with_name("peers.md")
PAGE = Path(__file__).with_name("peers.md.in")
# 95 % and 80 % Winkler scores of the first version (commit c0d8d7e), on these very tasks.
FIRST = {
    "DD": (0.184, 0.130), "Nano": (0.150, 0.095), "ColPret": (0.209, 0.103), "LCDB1.1": (0.552, 0.327),
    "NMT8x": (0.223, 0.167), "Gadre": (0.252, 0.134), "Farseer": (0.052, 0.031), "ColPret2x": (0.281, 0.173),
    "LCDB4x": (0.603, 0.350), "LCDB8x": (0.927, 0.511), "paper2x": (0.105, 0.066), "paper4x": (0.150, 0.125),
    "paper8x": (0.696, 0.326),
}  # fmt: skip
SLOW = ("plain bootstrap", "Huber, 36 starts", "lmfit")  # left out of the thinned tasks
SLOWEST, LARGE = "Huber, 36 starts", ("LCDB1.1", "ColPret")  # left out there without --full


def ours(x: Floats, y: Floats, new: Floats) -> Answer:
    """steepness.laws.extrapolate."""
    found = extrapolate(x, y, new)
    return found.value, found.low, found.high


def plain_bootstrap(x: Floats, y: Floats, new: Floats) -> Answer:
    """Power + constant refitted on 1,000 resamples, percentile interval."""
    low, value, high = np.quantile(bootstrap(x, y).predict(new), [0.025, 0.5, 0.975], axis=0)
    return value, low, high


def one_form_rule(x: Floats, y: Floats, new: Floats) -> Answer:
    """Power + constant alone, weights m^4, a log-normal prior on the exponent about .5, the likeliest of a grid."""
    z, log_y = np.log(x / x[-1]), np.log(y)
    b, t = (axis.reshape(-1, 1) for axis in np.meshgrid(np.geomspace(0.02, 4, 80), np.linspace(0, 0.98, 99)))
    weight = np.exp(4 * z)
    miss = log_y - np.log((1 - t) * np.exp(-b * z) + t)
    height = miss @ weight / weight.sum()
    noise = (miss - height[:, None]) ** 2 @ weight / weight.sum() + 5e-4**2
    loss = len(x) * np.log(noise) + (np.log(b[:, 0] / 0.5) / 0.5) ** 2
    best = int(loss.argmin())
    share = t[best, 0]
    return np.exp(height[best]) * ((1 - share) * (new / x[-1]) ** -b[best, 0] + share), None, None


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
    "one-form rule": one_form_rule,
    "last value": last_value,
}


def scored(peer: Callable[[Floats, Floats, Floats], Answer], curves: list[Curve]) -> dict[str, list[float]]:
    """Per suite: mean RMSLE, coverage, width, Winkler score; under "ms" the median time per fit."""
    rows: dict[str, list[list[float]]] = {}
    spent = []
    for curve in curves:
        start = time.process_time()
        try:
            value, low, high = peer(curve.x, curve.y, curve.x_new)
        except (RuntimeError, ValueError, TypeError):  # an optimiser that gives up scores 1
            value, low, high = np.full(len(curve.x_new), np.nan), None, None
        spent.append(1e3 * (time.process_time() - start))
        intervals = interval_score(low, high, curve.y_new) if low is not None and high is not None else ()
        rows.setdefault(curve.suite, []).append([rmsle(value, curve.y_new), *intervals])
    means = {suite: np.mean(scores, axis=0).tolist() for suite, scores in rows.items()}
    return {**means, "ms": [float(np.median(spent))]}


def errors(results: dict[str, dict[str, list[float]]], suites: tuple[str, ...]) -> str:
    """A Markdown table: mean RMSLE per suite, and times."""
    lines = ["| estimator | " + " | ".join(suites) + " | ms a fit |", "|---" * (len(suites) + 2) + "|"]
    for name, r in results.items():
        lines.append(
            f"| {name} | "
            + " | ".join(f"{r[s][0]:.4f}" if s in r else "–" for s in suites)
            + f" | {r['ms'][0]:.2f} |"
        )
    return "\n".join(lines) + "\n"


def own_intervals(curves: list[Curve]) -> str:
    """A Markdown table: coverage, width and Winkler score of our 95 % bounds, the same of the 80 % ones."""
    rows: dict[str, list[tuple[float, ...]]] = {}
    for curve in curves:
        shards = shards_of(curve.x, curve.y)
        found = [
            interval_score(ahead.low, ahead.high, curve.y_new, level)
            for level in (0.95, 0.8)
            for ahead in [carry_on(shards, curve.x_new, level)]
        ]
        rows.setdefault(curve.suite, []).append((*found[0], found[1][0], found[1][2]))
    head = "| suite | 95 %: coverage | width | Winkler | first version's | 80 %: coverage | Winkler | first version's |"
    lines = [head, "|---" * 8 + "|"]
    for suite, scores in rows.items():
        held, width, winkler, held_80, winkler_80 = np.mean(scores, axis=0)
        first, first_80 = FIRST[suite]
        cells = (held, width, winkler, first, held_80, winkler_80, first_80)
        lines.append(f"| {suite} | " + " | ".join(f"{v:.3f}" for v in cells) + " |")
    return "\n".join(lines) + "\n"


def compared(names: list[str], full: bool) -> Iterator[str]:
    """The table of the whole curves, then that of the thinned ones."""
    whole = public_curves()
    small = [curve for curve in whole if curve.suite not in LARGE]
    of = {name: small if name == SLOWEST and not full else whole for name in names}
    yield errors({name: scored(PEERS[name], curves) for name, curves in of.items()}, SUITES)
    cut, quick = thinned(whole), [name for name in names if name not in SLOW]
    yield errors({name: scored(PEERS[name], cut) for name in quick}, THIN_SUITES)


def main() -> None:
    """Score every peer and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=PEERS, help="score this one and print, without writing the page")
    parser.add_argument("--full", action="store_true", help="score the slowest peer on the large suites, too")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    with np.errstate(all="ignore"):
        whole, cut = compared([asked.only] if asked.only else list(PEERS), asked.full)
    print(whole + "\n" + cut)
    if asked.only:
        return
    stored, curves = peers_left_out.read(), public_curves()
    page = PAGE.read_text().format(
        whole=whole,
        thinned=cut,
        intervals=own_intervals(curves + thinned(curves)),
        left_out=peers_left_out.left_out(stored),
        effects=peers_left_out.effects(stored),
    )
    TABLE.write_text(page)


if __name__ == "__main__":
    main()
