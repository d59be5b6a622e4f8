"""Runs one domain's nightly preset, and measures its throughput and memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from steepness.data.artefacts import Cache
from steepness.nightly.observation import Observation, observe
from steepness.nightly.throughput import Job, Session, run_session
from steepness.study import Study
from steepness.study.prepare import Request, prepare
from steepness.study.presets import Preset, load_preset
from steepness.study.run import Unwatched, run_study
from steepness.training.device import pick_device

SESSION_SEED = 0
"""Sessions of every night train on the same batches: where batches differ in shape, others differ in speed."""


@dataclass(kw_only=True, frozen=True)
class Plan:
    """What to run, for a night as for a baseline.

    Attributes:
        domains: names or import paths.
        preset: name, or path of a TOML file.
        baselines: folder of stored runs.
        results: folder of nights.
        device: auto, cpu, cuda, cuda:0.
        workers: parallel trials; None for as many as fit.
        offline: never open a connection.
        seconds: of a throughput session.
        say: told in a line what is going on.
        progress: told how downloads advance.
    """

    domains: tuple[str, ...]
    baselines: Path
    results: Path
    preset: str = "nightly"
    device: str = "auto"
    workers: int | None = None
    offline: bool = False
    seconds: float = 4.0
    say: Callable[[str], None] = lambda line: None
    progress: Callable[[str, int, int], None] | None = None


def checked_preset(domain: str, name: str) -> Preset:
    """The preset, if runs of it differ by their seeds alone.

    Raises:
        ValueError: unknown domain or preset; or the preset searches, or permutes the data, which would be noise too.
    """
    preset = load_preset(domain, name)
    if preset.search.trials != 1 or preset.data_seeds != 1:
        raise ValueError(
            f"preset {name} of {domain} tries {preset.search.trials} candidates a shard on "
            f"{preset.data_seeds or 'many'} permutations; a nightly preset searches nothing: set search.trials = 1 and "
            "data_seeds = 1"
        )
    return preset


def run_domain(
    plan: Plan, domain: str, preset: Preset, results: Path, draw: int, sets: int = 1
) -> tuple[Study, Observation]:
    """Train the preset with seeds of its own.

    Args:
        results: folder of the study.
        draw: night number; other draws have other seeds.
        sets: how many times the preset's seeds.
    """
    settings = (f"first_seed={draw * preset.seeds}", f"seeds={sets * preset.seeds}")
    request = Request(
        domain=domain,
        preset=plan.preset,
        settings=settings,
        results=results,
        device=plan.device,
        workers=plan.workers,
        offline=plan.offline,
    )
    start = time.perf_counter()
    study = run_study(prepare(request, plan.progress), Unwatched())
    return study, observe(study, time.perf_counter() - start)


def with_sessions(
    plan: Plan, seen: Observation, study: Study, steps: Mapping[str, int], count: int
) -> tuple[Observation, dict[str, int]]:
    """Add sessions of throughput and memory of each model, trained on its largest shard, to those it has.

    Args:
        steps: of a slice, by model; settled here for those that are missing.
        count: sessions of each model.
    Returns:
        The fuller observation, and the steps by model.
    """
    rates: dict[str, list[float]] = {}
    memory: dict[str, list[int]] = {}
    settled = dict(steps)
    for model in study.manifest.preset.models:
        found = []
        for _ in range(count):
            found.append(_session(plan, study, model, settled.get(model, 0)))
            settled[model] = found[0].steps
        rates[model] = [*seen.rates.get(model, []), *(s.rate for s in found)]
        memory[model] = [*seen.memory.get(model, []), *(s.memory for s in found)]
    return msgspec.structs.replace(seen, rates=rates, memory=memory), settled


def _session(plan: Plan, study: Study, model: str, steps: int) -> Session:
    records = (r for r in study.records if r.status == "done" and r.trial.model == model)
    trial = msgspec.structs.replace(max((r.trial for r in records), key=lambda t: t.m), seed=SESSION_SEED)
    device = str(pick_device(plan.device))
    return run_session(
        Job(
            domain=study.manifest.domain_path,
            trial=trial,
            device=device,
            cache=Cache.default().root,
            steps=steps,
            seconds=plan.seconds,
        )
    )
