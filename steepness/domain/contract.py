"""The contract a domain fulfils: a class of which the harness knows nothing else."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import msgspec

from steepness.domain.importing import import_object, unknown
from steepness.domain.sources import definition_of, source_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from steepness.data.artefacts import Artefact, Cache

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (VALIDATION, TEST)
"""What a model may be evaluated on."""
PARTS = (TRAIN, *SPLITS)
"""Of any data set; disjoint."""


class Metric(msgspec.Struct, frozen=True):
    """A figure that `evaluate` returns; lower is better for all of them, as the laws need errors."""

    name: str
    unit: str


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A domain's own settings, the `[options]` table of a preset; they are part of a trial's identity."""

    added: ClassVar[frozenset[str]] = frozenset()
    """Options younger than records that are kept: where they have their default, what was trained before stays."""

    def identity(self) -> dict[str, Any]:
        """What a trial says of them: all, but for those of `added` that have their default."""
        defaults = msgspec.to_builtins(type(self)())
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return {n: value for n, value in plain.items() if n not in self.added or value != defaults[n]}


@dataclass
class Data:
    """What `load` returns; domains subclass it to carry their tensors.

    Args:
        dataset: the name it was asked for by.
        fingerprint: hash of everything that determines the numbers: source bytes, preparation, vocabulary.
        train_units: units of the training split, in the domain's unit; the largest possible shard.
        splits: size of each split in the words a reader uses, e.g. {"validation": "201,000 words"}.
        chance: per metric, the error of a model that has learnt nothing but the label frequencies, if known.
        shown_as: a unit that readers think in, and how many of the domain's make one, e.g. ("hours", 3600).
        notes: what a reader should know of the data: classes or vocabulary, what was left out and how much.
        doubts: what may mislead a reader of the results, for the page's first screen.
        examples: three training items as the models get them, in words.
    """

    dataset: str
    fingerprint: str
    train_units: int
    splits: Mapping[str, str] = field(default_factory=dict)
    chance: Mapping[str, float] = field(default_factory=dict)
    shown_as: tuple[str, float] | None = None
    notes: Sequence[str] = ()
    doubts: Sequence[str] = ()
    examples: Sequence[str] = ()

    def in_words(self, unit: str) -> str:
        """What there is to train on, for whoever is about to: sizes, notes, doubts, examples; a line each."""
        lines = [f"{self.dataset}: {self.train_units:,} {unit} to train on"]
        lines += [f"{split}: {size}" for split, size in self.splits.items()]
        lines += [*self.notes, *(f"doubt: {doubt}" for doubt in self.doubts)]
        return "\n".join([*lines, *(f"example: {example}" for example in self.examples)])

    def summary(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        names = ("dataset", "fingerprint", "train_units", "splits", "chance", "notes", "doubts", "examples")
        return {name: msgspec.to_builtins(getattr(self, name)) for name in names}

    def to(self, device: torch.device) -> None:
        """Move what training reads every step to the device, once."""


D = TypeVar("D", bound=Data)
S = TypeVar("S")
B = TypeVar("B")


class Domain(ABC, Generic[D, S, B]):
    """A kind of problem: its data, its models, its errors. D: data, S: shard, B: batch.

    A batch is whatever `batches` yields and `loss` takes, already on the data's device.
    """

    name: ClassVar[str]
    unit: ClassVar[str]
    metrics: ClassVar[tuple[Metric, ...]]
    models: ClassVar[Mapping[str, Callable[..., nn.Module]]]
    monitor: ClassVar[str] = VALIDATION
    """The split that the stopping rule watches: all of validation, or a cheap part of it under a name of the domain's
    own; the trial's value is then measured once on the whole, at the step that the part chose."""
    artefacts: ClassVar[tuple[Artefact, ...]] = ()
    Options: ClassVar[type[Options]] = Options
    signature: ClassVar[str] = ""
    """How a model of this domain is constructed and called, in a line or two: told to whoever gets it wrong."""

    def __init__(self, options: Any = None) -> None:
        self.options = self.Options() if options is None else options

    @classmethod
    def preset_folder(cls) -> Path:
        """The folder of `<preset>.toml` files beside the class."""
        return Path(inspect.getfile(cls)).parent / "presets"

    @abstractmethod
    def load(self, dataset: str, cache: Cache) -> D:
        """Train, validation and test, disjoint; prepared once in the cache and memory-mapped after.

        Raises:
            ValueError: unknown data set or unreadable file, naming the remedy.
        """

    @abstractmethod
    def shard(self, data: D, m: int, seed: int) -> S:
        """The first m units of the training permutation that `seed` names; shards of one seed nest."""

    @abstractmethod
    def build(self, model: str, size: int, data: D) -> nn.Module:
        """A freshly initialised model; every random number comes from torch's global generator."""

    @abstractmethod
    def batches(self, data: D, shard: S, batch_size: int, key: int, epoch: int) -> Sequence[B]:
        """One epoch as a sequence: `batches[i]` is the i-th batch, the same whenever it is asked for.

        Args:
            batch_size: rows (sequences, images, sentences, utterances) in a batch, in the domain's own words.
            key: names the order and augmentation of this epoch.
            epoch: from 0; only for curricula (Deep Speech 2 sorts its first epoch).
        """

    @abstractmethod
    def loss(self, model: nn.Module, batch: B, state: Any) -> tuple[Tensor, Any]:
        """Mean training loss of a batch, scalar, and the state to carry into the next batch of the epoch.

        Args:
            state: None at the start of an epoch, else what the previous call returned, detached by the domain.
        """

    @abstractmethod
    def evaluate(self, model: nn.Module, data: D, split: str) -> dict[str, float]:
        """Every metric (and, under `<name>_se`, its standard error if known) on a split of `SPLITS` or `monitor`.

        The model is in eval mode and gradients are off.
        """

    @abstractmethod
    def size_ladder(self, model: str) -> Sequence[int]:
        """Sizes worth trying, ascending, steps of about a factor 2 in parameters."""

    @abstractmethod
    def units(self, batch: B) -> int:
        """Units of training data in a batch, at least 1: costs and throughput are per unit."""

    def halves(self, batch: B) -> Sequence[tuple[B, float]]:
        """The batch in two, for a trial that has no memory for the whole: see `steepness.domain.halves`.

        A domain whose loss is no mean over rows, or whose batch holds other things than tensors, says it here.

        Returns:
            Each half with its share of what `loss` is the mean over, adding up to 1; empty for what cannot be divided.
        """
        from steepness.domain.halves import halves_of_rows

        return halves_of_rows(batch)

    def exhibit(self, model: nn.Module, data: D) -> dict[str, Any]:
        """Anything a reader should see of the trained model (samples, BLEU); JSON values, kept in the record."""
        return {}

    def probe(self, model: nn.Module, data: D, shard: S) -> Sequence[str]:
        """Faults that only this domain can see, a sentence each: wrong shapes, a look at the answer.

        Args:
            model: in eval mode, gradients off; its parameters are not quite those of `build`, as a layer that starts
                at zero would hide what it does.
        """
        return ()

    def model_class(self, model: str) -> Callable[..., nn.Module]:
        """One of the domain's own models by name, or anyone's: by the name of a `steepness.models` entry point, or
        by import path, "package.module:Class" or "/path/file.py:Class"."""
        if ":" in model:
            return import_object(model, "model")  # type: ignore[no-any-return]
        if model in self.models:
            return self.models[model]
        found = {entry.name: entry for entry in entry_points(group="steepness.models")}
        if model not in found:
            where = f'of {self.name}; or give "package.module:Class"'
            raise ValueError(unknown("model", model, [*self.models, *found], where))
        return import_object(found[model].value, "model")  # type: ignore[no-any-return]

    def source(self, model: str) -> str:
        """Hash of the model's code, see `source_of`: part of what a trial is."""
        return source_of(self.model_class(model))

    def definition(self, model: str) -> str:
        """Where the model's code is, see `definition_of`."""
        return definition_of(self.model_class(model))
