"""The two arms of a comparison: a model with its settings each, trained alike as studies of their own.

An arm's folder is named by all that decides its numbers, so arms are shared between comparisons: a second candidate
costs its own training only, and an edited model file is a new arm.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from steepness.compare.answer import VERSUS
from steepness.compare.check import check_model
from steepness.compare.ladder import matched_sizes
from steepness.domain import get_domain
from steepness.study.prepare import Prepared, Request, prepare
from steepness.study.presets import load_preset

ALIKE = ("dataset", "shards", "seeds", "data_seeds", "search.trials", "search.finalists", "search.window")
"""What both arms must have in common; all else may differ, if it is asked for."""

SHARED = ("data_seeds=1",)
"""Where the arms' seeds differ, what pairs their runs is that they are trained on the same shards."""

Progress = Callable[[str, int, int], None]


@dataclass(kw_only=True, frozen=True)
class Versus:
    """What the user wants to have compared.

    Attributes:
        domain: name or import path.
        baseline: name or import path of a model.
        candidate: likewise; the baseline's if it is left out, which needs settings of the candidate's own.
        preset: name, or path of a TOML file.
        settings: "key=value" laid over the preset for both arms.
        baseline_settings, candidate_settings: for one of them.
        results: folder that holds studies.
        device, workers, offline, executor, address: as of `Request`.
    Raises:
        ValueError: nothing says what the candidate is.
    """

    domain: str
    baseline: str
    candidate: str = ""
    preset: str = "cpu"
    settings: tuple[str, ...] = ()
    baseline_settings: tuple[str, ...] = ()
    candidate_settings: tuple[str, ...] = ()
    results: Path = Path("results")
    device: str = "auto"
    workers: int | None = None
    offline: bool = False
    executor: str = "local"
    address: str = ""

    def __post_init__(self) -> None:
        if self.candidate:
            return
        if not self.candidate_settings:
            raise ValueError(
                "nothing to compare: name a candidate (--candidate MODEL), or set the baseline's model otherwise "
                "(--candidate-set training.optimizer=sgd); naming the baseline twice shows what its seeds alone do"
            )
        object.__setattr__(self, "candidate", self.baseline)

    @property
    def command(self) -> str:
        """What to type to compare this again."""
        words = ["steepness", "compare", self.domain, "--baseline", self.baseline]
        words += ["--candidate", self.candidate, "--preset", self.preset]
        for option, settings in (
            ("--set", self.settings),
            ("--baseline-set", self.baseline_settings),
            ("--candidate-set", self.candidate_settings),
        ):
            words += [word for setting in settings for word in (option, setting)]
        return shlex.join(words)


@dataclass(kw_only=True, frozen=True)
class Arm:
    """One side of a comparison.

    Attributes:
        label: what a reader calls it.
        model: name or import path.
        ready: what is trained, with its folder.
        note: why its seeds are what they are.
        doubt: why its sizes are not like the other's.
    """

    label: str
    model: str
    ready: Prepared
    note: str = ""
    doubt: str = ""


def make_arms(asked: Versus, progress: Progress | None = None) -> tuple[Arm, Arm]:
    """Check that the comparison is possible and fair, and that the candidate is fit to be trained.

    Raises:
        ValueError: as `prepare`; arms that differ in what they must share; a candidate with faults, all named.
    """
    models, own, note = _asked_for(asked)
    ready = [prepare(_request(asked, m, extra), progress) for m, extra in zip(models, own, strict=True)]
    _check_alike(*ready)
    _check_candidate(asked, ready[1])
    arms = []
    for model, extra, here in zip(models, own, ready, strict=True):
        reference = load_preset(asked.domain, asked.preset, (*asked.settings, *extra)).models[0]
        ladder = matched_sizes(here, model, reference)
        request = _request(asked, model, (*extra, *ladder.settings))
        sized = here.but(settings=request.settings)
        folder = f"{_slug(_label(model, ()))}-{_hash(sized, model)}"
        arms.append(
            Arm(
                label=_label(model, extra),
                model=model,
                ready=sized.but(folder=folder),
                note=note,
                doubt=ladder.doubt,
            )
        )
    if arms[0].label == arms[1].label:
        arms = [replace(arm, label=arm.model) for arm in arms]
    return arms[0], arms[1]


def _asked_for(asked: Versus) -> tuple[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]], str]:
    """Both models, the settings of each alone, and what there is to say of them."""
    models, own = (asked.baseline, asked.candidate), (asked.baseline_settings, asked.candidate_settings)
    presets = [load_preset(asked.domain, asked.preset, (*asked.settings, *extra)) for extra in own]
    if len(set(models)) > 1 or presets[0] != presets[1]:
        return models, own, ""
    other_seeds, note = _other_seeds(asked, own[1])
    if load_preset(asked.domain, asked.preset, asked.settings).data_seeds is not None:
        return models, (own[0], other_seeds), note
    return models, ((*SHARED, *own[0]), (*SHARED, *other_seeds)), note


def _check_candidate(asked: Versus, ready: Prepared) -> None:
    """Refuse a candidate with faults; the check is made on the CPU."""
    import torch

    ready.data.to(torch.device("cpu"))
    check = check_model(ready.domain, ready.data, ready.preset, asked.candidate)
    if check.faults:
        raise ValueError(check.refusal())
    ready.data.to(ready.device)


def folder_of(arms: Sequence[Arm]) -> Path:
    """Where the comparison's own files go, beside its arms."""
    return arms[0].ready.folder.parent / VERSUS.join(arm.ready.folder.name for arm in arms)


def _request(asked: Versus, model: str, extra: Sequence[str]) -> Request:
    name = f"compare-{get_domain(asked.domain).name}-{Path(asked.preset).stem}"
    # each seed with a search of its own: the luck of a search is part of what a shift must exceed
    settings = (*asked.settings, *extra, f"models={json.dumps([model])}", "search.every_seed=true")
    return Request(
        domain=asked.domain, preset=asked.preset, settings=settings, results=asked.results / name,
        device=asked.device, workers=asked.workers, offline=asked.offline,
        typed=asked.command, executor=asked.executor, address=asked.address,
    )  # fmt: skip


def _other_seeds(asked: Versus, extra: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The same model twice on the same seeds would be the same trials: the candidate takes the next seeds."""
    preset = load_preset(asked.domain, asked.preset, (*asked.settings, *extra))
    first = preset.first_seed + preset.seeds
    note = f"Both arms are the same model and settings, so the candidate is trained on the seeds from {first} on."
    return (*extra, f"first_seed={first}"), note


def _check_alike(baseline: Prepared, candidate: Prepared) -> None:
    for name in ALIKE:
        a, b = (functools.reduce(getattr, name.split("."), p.preset) for p in (baseline, candidate))
        if a != b:
            raise ValueError(
                f"the arms differ in {name}: {a} against {b}; a comparison shares it, so give it with --set"
            )
    data = [(p.data.fingerprint, dict(p.data.splits)) for p in (baseline, candidate)]
    if data[0] != data[1]:
        raise ValueError(
            "the arms' options lead to different data or held-out splits, so their errors do not compare; give "
            "options that decide the data with --set, for both"
        )


def _hash(ready: Prepared, model: str) -> str:
    """Eight digits that name the settings, the data and the model's source."""
    parts = [
        msgspec.json.encode(msgspec.to_builtins(ready.preset), order="sorted"),
        ready.data.fingerprint.encode(),
        ready.domain.source(model).encode(),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:8]


def _label(model: str, extra: Sequence[str]) -> str:
    """What a reader calls an arm: the class without its path, and what is set for it alone; where its settings are
    searched is named only if nothing else differs."""
    name = model.rpartition(":")[2]
    told = [setting for setting in extra if not setting.startswith("search.")] or extra
    return f"{name} ({', '.join(told)})" if told else name


def _slug(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text).strip("-")
