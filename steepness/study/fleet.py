"""What a study would take on GPUs that are not this machine's: hours, and GPU-hours."""

from __future__ import annotations

from dataclasses import replace

from steepness.study.calibrate import counted, granted
from steepness.study.plan import Plan, make_plan
from steepness.study.prepare import Prepared
from steepness.study.run import prices_of


def plan_on_gpus(
    ready: Prepared, gpus: int, teraflops: float | None = None, budget: float | None = None
) -> Plan:
    """The plan for so many GPUs of one kind, each with one trial at a time.

    Args:
        teraflops: that one sustains; None measures this machine's.
        budget: minutes of all of them together.
    Raises:
        ValueError: nothing says how fast one is.
    """
    if teraflops is None and ready.device.type != "cuda":
        raise ValueError(
            "no GPU is here to be measured; say what one sustains on such models, e.g. --teraflops 20, or plan where "
            "there is one"
        )
    sustained = None if teraflops is None else teraflops * 1e12
    ledger = counted(ready, sustained) if sustained else prices_of(ready)
    if budget:
        ledger = granted(ledger, budget, gpus, None)
    fleet = replace(ready, devices=("cuda",) * gpus)
    return replace(make_plan(fleet, ledger), gpus=gpus, sustained=sustained)
