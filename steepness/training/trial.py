"""What a trial is, and what it leaves behind. A trial's id is the hash of exactly what it is."""

from __future__ import annotations

import hashlib
import math
from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

SCHEMA = 1

OptimizerName = Literal["sgd", "nesterov", "adam", "adamw"]
ScheduleName = Literal["constant", "stale", "cosine", "one_cycle"]
EARLY = ("constant", "stale")
"""Schedules that stop when patience is used up; the others run their course."""
Status = Literal["done", "diverged", "out_of_memory", "failed"]
HUGE = 1e300
"""Above it there is only infinity, which no setting may be."""
Positive = Annotated[float, Meta(gt=0, le=HUGE)]
NotNegative = Annotated[float, Meta(ge=0, le=HUGE)]
Count = Annotated[int, Meta(ge=0)]


class Training(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False, cache_hash=True
):
    """How a model is trained; every field is part of the trial's identity.

    Patience is counted in evaluations, and evaluations are spaced geometrically, so patience is a factor in
    steps: it scales with how long the model has already learnt. Where error and training loss are both flat, an
    evaluation counts only a quarter: that may be a plateau (the unigram plateau of small language models, the
    blank-only plateau of CTC), and a hasty rule there fakes a small-data region.
    """

    optimizer: OptimizerName = "adam"
    learning_rate: Positive = 1e-3
    """Peak learning rate."""
    momentum: Annotated[float, Meta(ge=0, lt=1)] = 0.9
    """Of sgd and nesterov."""
    weight_decay: NotNegative = 0.0
    clip: Positive | None = 1.0
    """Largest norm of the whole gradient; null switches clipping off."""
    batch_size: Annotated[int, Meta(ge=1)] = 32
    """Rows in a batch, in the domain's words (sequences, images, sentence pairs, utterances)."""
    schedule: ScheduleName = "stale"
    """stale: when patience is used up, return to the best point and cut the rate, `cuts` times; then stop.
    The first cut comes at 0.7 of max_epochs at the latest, so that a bounded trial is annealed too.
    cosine, one_cycle: over max_epochs, no early stop; flagged if the last error is the lowest."""
    cuts: Count = 1
    cut_factor: Annotated[float, Meta(gt=0, le=1)] = 0.25
    warmup_steps: Count = 0
    max_epochs: Positive = 100.0
    """Upper bound; a trial that meets it while still improving is flagged."""
    min_steps: Count = 0
    """No stopping before this step, and no schedule shorter than it: a small shard takes more than max_epochs."""
    patience: Positive = 4.0
    """Stale evaluations before the rate is cut, or training stops."""
    tolerance: NotNegative = 0.002
    """Smallest relative change of the error that counts, up or down."""
    evaluate_first: Annotated[int, Meta(ge=1)] = 20
    """Step of the first evaluation."""
    evaluate_growth: Annotated[float, Meta(ge=1, le=HUGE)] = 1.15
    """Each evaluation comes at this factor of the previous one's step; steps undone by a cut do not count."""
    stop_step: Count = 0
    """End at the first evaluation at or after this step, whatever the schedule: enough to tell losers from winners.
    0: train to the end."""
    squeezed: bool = False
    """With `stop_step`: the schedule is run to its end by that step, not broken off there. Nothing goes on from it."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of matrix products on CUDA; the CPU always computes in float32."""


class Trial(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, dict=True
):
    """One training run, completely determined: run twice on one machine it gives the same numbers."""

    domain: str
    options: dict[str, Any]
    dataset: str
    fingerprint: str
    """Of the data: see `Data.fingerprint`."""
    model: str
    size: int
    m: int
    """Shard size, in the domain's unit."""
    data_seed: int
    """Names the permutation that shards are prefixes of."""
    seed: int
    """Names initialisation, batch order and dropout."""
    training: Training
    source: str = ""
    """Hash of the model's code, see `Domain.source`; empty, and no part of the id, in records older than it."""

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits: the hash of everything above; what came later counts only where it is used."""
        whole = msgspec.to_builtins(self)
        if not self.training.stop_step:
            del whole["training"]["stop_step"]
        if not self.training.squeezed:
            del whole["training"]["squeezed"]
        text = msgspec.json.encode(whole, order="sorted")
        return hashlib.sha256(text).hexdigest()[:16]

    @property
    def whole(self) -> Trial:
        """The same trial trained to its end: itself, unless it stops early to be told from others."""
        if not self.training.stop_step:
            return self
        training = msgspec.structs.replace(self.training, stop_step=0, squeezed=False)
        return msgspec.structs.replace(self, training=training)

    @property
    def goes_on_as(self) -> Trial:
        """The trial of which this is the first part, to be paid for once: itself, if nothing goes on from its end."""
        return self if self.training.squeezed else self.whole


class Evaluation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a trial's trace. Losses in nats."""

    step: int
    epoch: float
    learning_rate: float
    train_loss: float
    """Mean since the previous evaluation."""
    validation: dict[str, float]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What a watcher sees at each evaluation."""

    trial: Trial
    epoch: float
    train_loss: float
    error: float
    best: float
    units_per_second: float


class Timing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All that may differ between two runs of the same trial."""

    started: str
    """UTC, ISO 8601."""
    train_seconds: float
    evaluate_seconds: float
    units_per_second: float
    """Training throughput, evaluation excluded."""
    peak_memory_bytes: int
    """Of the CUDA device, or of the process: its own resident memory, without mapped files."""
    resumed: int = 0
    """How often it went on from a checkpoint."""


class Machine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where and with what a trial ran."""

    device: str
    processor: str
    threads: int
    platform: str
    python: str
    versions: dict[str, str]
    """Of steepness, torch, numpy."""
    commit: str
    """Of the checkout; ends in "-dirty" if it had local changes; "unknown" outside one."""


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The result file of a trial."""

    schema: int = SCHEMA
    id: str
    trial: Trial
    status: Status
    message: str = ""
    """Why it failed or diverged; empty if done."""
    validation: dict[str, float] = {}
    """Every metric where the first one was lowest on the validation split."""
    test: dict[str, float] = {}
    """Every metric at that same point."""
    minima: dict[str, float] = {}
    """The other metrics' own minima on the validation split, each where it was lowest itself."""
    flagged: bool = False
    """It met max_epochs while still improving: its error is an upper bound."""
    best_step: int = 0
    steps: int = 0
    epochs: float = 0.0
    parameters: int = 0
    parameters_without_embeddings: int = 0
    flops: float = 0.0
    """Of all training steps: forward and backward, counted on the model, evaluation excluded."""
    trace: list[Evaluation] = []
    exhibit: dict[str, Any] = {}
    micro_batch: int | msgspec.UnsetType = msgspec.UNSET
    """Rows of a batch that were learnt from at a time, where memory ran out on the whole; else missing."""
    machine: Machine
    timing: Timing | None = None

    def __post_init__(self) -> None:
        """JSON has no NaN: one that got in would make the record unreadable for good.

        Raises:
            ValueError: a number is not finite, naming it.
        """
        if not math.isfinite(
            sum(self.validation.values(), sum(self.test.values(), self.flops + self.epochs))
        ):
            self._refuse()

    def _refuse(self) -> None:
        """Name the number that is not finite; if none is, their sum alone was too large."""
        numbers = {**self.validation, **{f"test {name}": value for name, value in self.test.items()}}
        for name, value in {**numbers, "flops": self.flops, "epochs": self.epochs}.items():
            if not math.isfinite(value):
                raise ValueError(f"{name} of record {self.id} is {value}")

    @property
    def complete(self) -> bool:
        """Whether it was trained to its end and ended well; a probe was not, and was measured on fewer examples."""
        return self.status == "done" and not self.trial.training.stop_step

    def error(self, metric: str) -> float:
        """The metric at its own validation minimum; infinite if the trial did not finish."""
        return self.minima.get(metric, self.validation[metric]) if self.status == "done" else math.inf
