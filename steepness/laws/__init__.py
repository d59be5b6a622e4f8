"""Learning-curve statistics: what is the exponent, what will the error be, how sure are we. numpy and scipy only."""

from steepness.laws.backtest import Backtest, Forecast, Reach, backtest
from steepness.laws.bootstrap import Replicates, bootstrap
from steepness.laws.buy import Purchase, buy
from steepness.laws.compare import Comparison, same_steepness
from steepness.laws.curve_fit import CurveFit
from steepness.laws.extrapolate import Prediction, extrapolate
from steepness.laws.fit import Fit, fit
from steepness.laws.forecast import OffTheLine, compute_for, data_for, gain_of_doubling, off_the_line, trust
from steepness.laws.forms import joint_law, power_law, size_law
from steepness.laws.interval import Estimate, Interval
from steepness.laws.joint import (
    JOINT_FORMS,
    ComputeOptimal,
    Epochs,
    JointLaw,
    NextRun,
    epochs,
    fit_joint,
    next_run,
)
from steepness.laws.paired import Shift, paired_shift
from steepness.laws.size import SizeLaw, fit_size
from steepness.laws.verdict import Evidence, Exponent, Overlap, Verdict, judge

__all__ = [
    "JOINT_FORMS",
    "Backtest",
    "Comparison",
    "ComputeOptimal",
    "CurveFit",
    "Epochs",
    "Estimate",
    "Evidence",
    "Exponent",
    "Fit",
    "Forecast",
    "Interval",
    "JointLaw",
    "NextRun",
    "OffTheLine",
    "Overlap",
    "Prediction",
    "Purchase",
    "Reach",
    "Replicates",
    "Shift",
    "SizeLaw",
    "Verdict",
    "backtest",
    "bootstrap",
    "buy",
    "compute_for",
    "data_for",
    "epochs",
    "extrapolate",
    "fit",
    "fit_joint",
    "fit_size",
    "gain_of_doubling",
    "joint_law",
    "judge",
    "next_run",
    "off_the_line",
    "paired_shift",
    "power_law",
    "same_steepness",
    "size_law",
    "trust",
]
