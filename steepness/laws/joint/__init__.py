"""Laws in parameters and data: fitted, with honest ranges, chosen by a held-out corner."""

from steepness.laws.joint.choice import Choice, CornerScore
from steepness.laws.joint.epochs import Epochs, epochs
from steepness.laws.joint.fit import AUTO, fit_joint
from steepness.laws.joint.forms import JOINT_FORMS
from steepness.laws.joint.law import FLOPS_PER_PARAMETER, ComputeOptimal, JointLaw
from steepness.laws.joint.next_run import NextRun, next_run

__all__ = [
    "AUTO",
    "FLOPS_PER_PARAMETER",
    "JOINT_FORMS",
    "Choice",
    "ComputeOptimal",
    "CornerScore",
    "Epochs",
    "JointLaw",
    "NextRun",
    "epochs",
    "fit_joint",
    "next_run",
]
