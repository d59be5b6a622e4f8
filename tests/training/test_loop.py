from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch

from steepness.data.artefacts import Cache
from steepness.data.randomness import key
from steepness.training.checkpoint import Checkpoint, Stopped
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.trial import Progress, Record, Training, Trial
from tests.toy import Toy, ToyOptions

CPU = torch.device("cpu")
SETTINGS = Training(learning_rate=0.02, batch_size=16, max_epochs=6, evaluate_first=5, evaluate_growth=1.3)


def run(
    settings: Training = SETTINGS,
    options: ToyOptions | None = None,
    size: int = 8,
    device: torch.device = CPU,
    checkpoint: Checkpoint | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Record:
    domain = Toy(options)
    data = domain.load("synthetic", Cache(Path("nowhere"), offline=True))
    data.to(device)
    trial = Trial(
        domain="toy", options={}, dataset="synthetic", fingerprint=data.fingerprint, model="mlp", size=size,
        m=256, data_seed=0, seed=0, training=settings,
    )  # fmt: skip
    return train(Learner(trial, domain, data, device), checkpoint, watch)


def same_but_for_timing(a: Record, b: Record) -> bool:
    return msgspec.structs.replace(a, timing=None) == msgspec.structs.replace(b, timing=None)


def test_a_trial_run_twice_gives_the_same_record() -> None:
    assert same_but_for_timing(run(), run())


def test_value_is_the_minimum_of_the_trace_with_the_test_error_of_that_point() -> None:
    record = run()
    lowest = min(record.trace, key=lambda e: e.validation["squared_error"])
    assert record.validation == lowest.validation
    assert record.best_step == lowest.step
    assert 0 < record.test["squared_error"] < 1


def test_a_schedule_takes_min_steps_where_its_epochs_are_fewer() -> None:
    course = msgspec.structs.replace(SETTINGS, schedule="cosine", max_epochs=1)
    assert run(course).steps == 16
    longer = run(msgspec.structs.replace(course, min_steps=40))
    assert longer.steps == 40
    assert longer.trace[-1].learning_rate < 0.01 * SETTINGS.learning_rate, "the whole course"


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_trial_on_cuda_learns_what_it_learns_on_the_cpu(precision: str) -> None:
    settings = msgspec.structs.replace(SETTINGS, precision=precision)
    here, there = run(settings), run(settings, device=torch.device("cuda"))
    assert there.validation["squared_error"] == pytest.approx(here.validation["squared_error"], rel=0.1)
    assert there.machine.device == torch.cuda.get_device_name()
    assert there.timing
    assert there.timing.peak_memory_bytes > 0


class Killed(Exception):
    pass


@pytest.mark.parametrize("name", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_interrupted_and_resumed_ends_bit_identical(name: str, tmp_path: Path) -> None:
    device = torch.device(name)

    def kill(progress: Progress) -> None:
        if progress.epoch > 3:
            raise Killed

    path = tmp_path / "trial.pt"
    with pytest.raises(Killed):
        run(device=device, checkpoint=Checkpoint(path, seconds_between=0), watch=kill)
    assert path.exists()
    resumed = run(device=device, checkpoint=Checkpoint(path))
    assert resumed.timing is not None
    assert resumed.timing.resumed == 1
    assert same_but_for_timing(resumed, run(device=device))


def test_a_probe_that_is_stopped_at_its_very_end_is_not_trained_on(tmp_path: Path) -> None:
    probe = msgspec.structs.replace(SETTINGS, stop_step=20)
    checkpoint = Checkpoint(tmp_path / "trial.pt")
    with pytest.raises(Stopped):
        run(
            probe,
            checkpoint=checkpoint,
            watch=lambda p: checkpoint.stop() if p.epoch > 20 / 16 - 1e-9 else None,
        )
    assert same_but_for_timing(run(probe, checkpoint=Checkpoint(checkpoint.path)), run(probe))


def test_divergence_is_a_status() -> None:
    record = run(options=ToyOptions(explode_at_size=8))
    assert record.status == "diverged"
    assert "learning rate" in record.message
    assert math.isinf(record.error("squared_error"))


def test_a_trial_that_meets_its_bound_while_improving_is_flagged() -> None:
    short = msgspec.structs.replace(SETTINGS, max_epochs=0.5, learning_rate=0.001)
    assert run(short).flagged
    patient = msgspec.structs.replace(SETTINGS, max_epochs=400, learning_rate=0.05)
    converged = run(patient)
    assert not converged.flagged
    assert converged.epochs < 400


def test_an_annealed_trial_is_flagged_if_its_last_error_is_the_lowest() -> None:
    annealed = msgspec.structs.replace(SETTINGS, schedule="cosine", learning_rate=0.05)
    assert run(msgspec.structs.replace(annealed, max_epochs=1)).flagged
    assert not run(msgspec.structs.replace(annealed, max_epochs=200)).flagged


def test_the_rate_is_cut_at_the_best_point_before_stopping() -> None:
    record = run(msgspec.structs.replace(SETTINGS, max_epochs=400, learning_rate=0.05, cuts=2))
    assert sorted({e.learning_rate for e in record.trace}, reverse=True) == pytest.approx(
        [0.05, 0.0125, 0.003125]
    )


def test_same_losses_as_a_plain_loop() -> None:
    settings = msgspec.structs.replace(SETTINGS, schedule="constant", max_epochs=13, evaluate_first=208)
    record = run(settings, ToyOptions())

    domain = Toy()
    data = domain.load("synthetic", Cache(Path("nowhere"), offline=True))
    torch.manual_seed(key(0, "init"))
    model = domain.build("mlp", 8, data)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    shard = domain.shard(data, 256, 0)
    losses = []
    for epoch in range(13):
        for i, (x, y) in enumerate(domain.batches(data, shard, 16, key(0, "batches", epoch), epoch)):
            torch.manual_seed(key(0, "step", epoch * 16 + i))
            loss = (model(x) - y).square().mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
    assert record.steps == len(losses) == 208
    assert record.trace[-1].train_loss == pytest.approx(sum(losses) / 208, rel=1e-5)


def test_flops_are_three_forward_passes() -> None:
    record = run()
    forward = 2 * (8 * 8 + 8)  # of a row: two matrix products
    assert record.flops == 3 * forward * record.steps * 16
    assert record.parameters == 8 * 8 + 8 + 8 + 1
    assert record.trial.id == record.id
