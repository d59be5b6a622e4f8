"""Only the model's own failures are records; what the machine did wrong is tried again, and told if it goes on."""

from __future__ import annotations

import pytest

from steepness.executors.base import MachineTrouble, Returned
from steepness.study import load_study
from tests.faults.conftest import Run, Witness, numbers


@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [
        ("wrong file", "failed", "weights.pt"),
        ("silent", "failed", "Odd: without words"),
        ("surrogate", "failed", r"bad \udc80 text"),
        ("exit", "failed", "SystemExit: 3"),
        ("memory", "out_of_memory", "smaller size or batch"),
        ("nan test", "diverged", "absolute_error is not finite"),
        ("strange exhibit", "failed", "cannot be written as JSON"),
    ],
)
def test_what_the_model_does_wrong_is_recorded_and_the_study_goes_on(
    run: Run, fault: str, status: str, message: str
) -> None:
    study = run(fault)
    wrong = [r for r in study.records if r.status != "done"]
    assert {(r.status, r.trial.size) for r in wrong} == {(status, 4)}
    assert all(message in r.message for r in wrong)
    assert len(study.records) == 4 > len(wrong)
    assert len(load_study(study.path).records) == 4, "what was written can be read"


@pytest.mark.parametrize("fault", ["lost context", "unreadable"])
def test_what_the_machine_does_wrong_once_is_tried_again(
    run: Run, witness: Witness, token: str, fault: str
) -> None:
    study = run(fault, token=token)
    assert [type(e) for e in witness.events].count(Returned) == 1
    assert numbers(study) == numbers(run(folder="whole"))


@pytest.mark.parametrize(
    ("fault", "reason"), [("lost context", "CUDA error"), ("unreadable", "Input/output")]
)
def test_a_machine_that_goes_on_failing_ends_the_study_with_exit_3_and_no_record(
    run: Run, witness: Witness, fault: str, reason: str
) -> None:
    with pytest.raises(MachineTrouble, match=f"{reason}.*what is finished is kept") as trouble:
        run(fault)
    assert trouble.value.exit_code == 3
    done = witness.events[-1].trial
    assert done.size == 4, "what never failed has come first"
    assert 0 < sum(isinstance(e, Returned) for e in witness.events) <= 6


def test_retry_takes_failures_and_what_hangs_on_them(run: Run, token: str) -> None:
    more = (
        "shards.start=256",
        "seeds=2",
        "search.trials=2",
        "options.at_size=8",
        "sizes={mlp=[4, 8]}",
        "search.grid={learning_rate=[0.03]}",
    )
    broken = run("exit", *more, token=token)
    whole = numbers(run("", *more, folder="whole"))
    assert numbers(broken).keys() - whole.keys(), "the failure made another model the finalist"
    assert numbers(run("exit", *more, token=token, retry=True)) == whole
