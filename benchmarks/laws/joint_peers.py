"""The joint law's estimators side by side on simulated grids: how far off, how honest, how fast.

python -m benchmarks.laws.joint_peers         # writes benchmarks/laws/joint_peers.md; --draws N
"""

import argparse
import importlib.metadata
import importlib.util
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import lmfit
import numpy as np
from scipy.optimize import curve_fit, minimize
from scipy.special import huber, stdtrit

from benchmarks.laws.joint_coverage import TRUTH, designs
from steepness.laws import fit_joint, joint_law
from steepness.laws.forms import Floats

TABLE = Path(__file__).with_name("joint_peers.md")
NAMES, NOISE = ("E", "a", "b"), 0.01
FAR = (1e10, 2.5e12)  # ten times the grid's largest N and D
Bounds = list[tuple[float, float]]
Answer = tuple[float, Bounds | None]  # the error foretold at FAR, and 95 % intervals of E, a, b
Estimator = Callable[[Floats, Floats, Floats], Answer]


def ours(params: Floats, data: Floats, error: Floats) -> Answer:
    """steepness.fit_joint with the intervals of E, a and b."""
    law = fit_joint(params, data, error)
    far = float(law.predict([FAR[0]], [FAR[1]])[0])
    return far, [(told.low, told.high) for told in (law.E, law.a, law.b)]


def scipy_curve_fit(params: Floats, data: Floats, error: Floats) -> Answer:
    """scipy.optimize.curve_fit on centred logs from one start, Student's interval from its covariance."""
    centre = np.exp(np.log(params).mean()), np.exp(np.log(data).mean())

    def law(x: Floats, *p: float) -> Floats:
        return np.log(joint_law(x[0], x[1], *p))

    x = np.stack([params / centre[0], data / centre[1]])
    found, covariance = curve_fit(
        law, x, np.log(error), p0=(1, 0.5, 0.3, 0.5, 0.3), bounds=(1e-9, np.inf), maxfev=20_000
    )
    wide = stdtrit(len(error) - 5, 0.975) * np.sqrt(np.diag(covariance))
    far = float(np.exp(law(np.array([[FAR[0] / centre[0]], [FAR[1] / centre[1]]]), *found))[0])
    return far, [(found[i] - wide[i], found[i] + wide[i]) for i in (0, 2, 4)]


def lmfit_model(params: Floats, data: Floats, error: Floats) -> Answer:
    """lmfit.Model of the same, interval from its standard errors."""
    n, d = params / np.exp(np.log(params).mean()), data / np.exp(np.log(data).mean())

    def law(n: Floats, d: Floats, E: float, A: float, a: float, B: float, b: float) -> Floats:
        return np.log(joint_law(n, d, E, A, a, B, b))

    model = lmfit.Model(law, independent_vars=["n", "d"])
    start = model.make_params(
        **{k: {"value": v, "min": 1e-9} for k, v in zip("EAaBb", (1, 0.5, 0.3, 0.5, 0.3), strict=True)}
    )
    found = model.fit(np.log(error), start, n=n, d=d)
    scale = (FAR[0] / np.exp(np.log(params).mean()), FAR[1] / np.exp(np.log(data).mean()))
    far = float(np.exp(model.eval(found.params, n=np.array([scale[0]]), d=np.array([scale[1]])))[0])
    wide = float(stdtrit(len(error) - 5, 0.975))
    errors = [found.params[k].stderr for k in NAMES]
    if any(e is None for e in errors):
        return far, None
    return far, [
        (found.params[k].value - wide * e, found.params[k].value + wide * e)
        for k, e in zip(NAMES, errors, strict=True)
    ]


def huber_36(params: Floats, data: Floats, error: Floats, resamples: int = 100) -> Answer:
    """Huber loss bent at 1e-3, L-BFGS from 36 starts (Hoffmann et al. 2022), percentiles of resampled runs."""
    n, d, y = np.log(params), np.log(data), np.log(error)

    def best(kept: Floats, starts: list[Floats]) -> Floats:
        found = [minimize(_huber_loss, s, (n[kept], d[kept], y[kept]), "L-BFGS-B", jac=True) for s in starts]
        return min(found, key=lambda f: float(f.fun)).x

    starts = [
        np.array([e, 20 * a, a, 22 * b, b]) for e in (-1.0, 0.0, 0.5, 1.0) for a in (0.2, 0.35, 0.6)
        for b in (0.2, 0.35, 0.6)
    ]  # fmt: skip
    p = best(np.arange(len(y)), starts)
    rng = np.random.default_rng(0)
    again = np.array([best(rng.integers(0, len(y), len(y)), [p]) for _ in range(resamples)])
    told = np.column_stack([np.exp(again[:, 0]), again[:, 2], again[:, 4]])
    low, high = np.quantile(told, [0.025, 0.975], axis=0)
    far = joint_law([FAR[0]], [FAR[1]], np.exp(p[0]), np.exp(p[1]), p[2], np.exp(p[3]), p[4])
    return float(far[0]), list(zip(low.tolist(), high.tolist(), strict=True))


def _huber_loss(p: Floats, n: Floats, d: Floats, y: Floats) -> tuple[float, Floats]:
    parts = np.stack([np.full_like(n, p[0]), p[1] - p[2] * n, p[3] - p[4] * d])
    total = np.logaddexp.reduce(parts)
    share, miss = np.exp(parts - total), total - y
    bent = np.clip(miss, -1e-3, 1e-3)
    slopes = (
        bent @ share[0],
        bent @ share[1],
        -bent @ (share[1] * n),
        bent @ share[2],
        -bent @ (share[2] * d),
    )
    return float(huber(1e-3, miss).sum()) * 1e3, 1e3 * np.array(slopes)


def simple_scaling_laws(params: Floats, data: Floats, error: Floats) -> Answer:
    """PyPI's simple-scaling-laws, its separable power law and its own intervals."""
    import polars as pl
    from simple_scaling_laws import fit

    label = [str(i) for i in range(len(error))]
    columns = {"model_size__n": params, "dataset_size__d": data, "test_loss__y": error}
    same = {"training_run_id": label, "train_set_id": label, "test_set_id": ["t"] * len(label)}
    law = fit(
        pl.DataFrame({**same, "optimizer_seed": label, **columns}), law="separable-power", n_draws=200, seed=0
    )
    point = {"point_id": ["far"], "model_size__n": [FAR[0]], "dataset_size__d": [FAR[1]]}
    told = law.conf_int("test_loss__y", 0.95)
    far = float(law.predict(pl.DataFrame(point))["test_loss__y__median"][0])
    return far, [tuple(map(float, told[k][-2:])) for k in ("E", "alpha", "beta")]


ESTIMATORS: dict[str, Estimator] = {
    "steepness fit_joint": ours,
    "scipy curve_fit": scipy_curve_fit,
    "lmfit": lmfit_model,
    "Huber 1e-3, 36 starts, bootstrap": huber_36,
}
if importlib.util.find_spec("simple_scaling_laws"):  # wants Python 3.12
    ESTIMATORS[f"simple-scaling-laws {importlib.metadata.version('simple-scaling-laws')}"] = (
        simple_scaling_laws
    )


def score(name: str, draws: int, seed: int) -> str:
    """A row of the table: error at `FAR`, coverage and median width of each parameter, CPU time of a fit."""
    params, data = designs()["grid, 4 sizes x 5 data"]
    rng, truth = np.random.default_rng(seed), float(joint_law([FAR[0]], [FAR[1]], **TRUTH)[0])
    misses, held, widths, failed, spent = [], [], [], 0, 0.0
    for _ in range(draws):
        error = joint_law(params, data, **TRUTH) * np.exp(NOISE * rng.standard_normal(len(params)))
        started = time.process_time()
        far, bounds = ESTIMATORS[name](params, data, error)
        spent += time.process_time() - started
        misses.append(np.log(far / truth))
        if bounds is None:
            failed += 1
            continue
        held.append([low <= TRUTH[k] <= high for k, (low, high) in zip(NAMES, bounds, strict=True)])
        widths.append([high - low for low, high in bounds])
    cells = " | ".join(
        f"{c:.2f} / {w:.3f}" for c, w in zip(np.mean(held, axis=0), np.median(widths, axis=0), strict=True)
    )
    rmsle = float(np.sqrt(np.mean(np.square(misses))))
    return f"| {name} | {rmsle:.4f} | {cells} | {failed} | {1e3 * spent / draws:.0f} |"


def main() -> None:
    """Run every estimator and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=100, help="simulated grids")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = [score(name, options.draws, options.seed) for name in ESTIMATORS]
    text = "\n".join(
        [
            "# Estimators of the joint law\n",
            f"{options.draws} simulated grids of 4 sizes x 5 amounts of data, {NOISE:.0%} Gaussian log noise. RMSLE of "
            "the error at ten times the largest N and D; coverage and median width of 95 % intervals; fits without an "
            "interval; CPU time with intervals. simple-scaling-laws is scored where it is installed; it wants "
            "Python 3.12, and the stored row was made on 3.11 all the same.\n",
            "| estimator | RMSLE at 10 times | E: coverage / width | a | b | no interval | ms |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "\nMade by `python -m benchmarks.laws.joint_peers`.\n",
        ]
    )
    TABLE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
