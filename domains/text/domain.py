"""What the word and the character language models share of the domain contract."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from steepness import domain
from steepness.data.artefacts import Artefact, Cache
from steepness.domain import TEST, TRAIN, VALIDATION
from steepness.domain.also import errors_with, fingerprint_with, metrics_with
from steepness.domain.coverage import REFUSED, doubts_about
from steepness.domains.text.also import load_others
from steepness.domains.text.corpus import Corpus, load_corpus
from steepness.domains.text.evaluation import HeldOut, cross_entropy, held_out, unigram_cross_entropy
from steepness.domains.text.models import MODELS, QUADRATIC, SIGNATURE, doubling_widths
from steepness.domains.text.models.recurrent import INITIAL_RANGE, Recurrent
from steepness.domains.text.probes import probe
from steepness.domains.text.samples import continuations, readable
from steepness.domains.text.sources import ENWIK8, TextFiles, find_text
from steepness.domains.text.states import detached
from steepness.domains.text.streams import Batch, Epoch, Stream, shard_of
from steepness.domains.text.tokens import Tokenizer

MONITOR = "monitor"
PROBED_ROWS = 4
EXAMPLES = 3


class TextOptions(domain.Options, frozen=True, kw_only=True):
    """Dials that word and character models have in common."""

    context: int = 32
    """Tokens that back-propagation goes back, and the transformer sees."""
    initial_range: float = INITIAL_RANGE
    """The recurrent models start uniform between minus this and this; 0.1 in the paper, whose models are wide.
    Where a narrow one (below about 100) starts so, it lingers on the plateau of word frequencies."""
    evaluation_units: int = 0
    """Tokens of validation that give a trial's value: a prefix of a fixed permutation; 0 reads all."""
    test_units: int = 0
    """Tokens of test that are read, likewise."""
    least_steps: int = 0
    """Rows of a batch are fewer than batch_size where an epoch would have fewer steps than this: a small shard must
    get enough updates to leave the unigram plateau before it overfits."""
    monitor_units: int = 50_000
    """Tokens of validation that the stopping rule watches; a prefix of those that give the value."""
    also: tuple[str, ...] = ()
    """Other texts that every model is evaluated on besides, data sets as of `find_text`; each adds its metrics."""

    added: ClassVar[frozenset[str]] = frozenset({"also"})


@dataclass(kw_only=True)
class TextData(domain.Data):
    """A corpus, and its held-out text where the model is."""

    corpus: Corpus
    held_out: dict[str, HeldOut]
    also: dict[str, dict[str, HeldOut]] = field(default_factory=dict)
    """Of each other text, what stands for each split."""
    device: torch.device = field(default=torch.device("cpu"))

    def to(self, device: torch.device) -> None:
        """Held-out text goes there now; a shard does when it is cut."""
        self.device = device
        self.held_out = {split: text.to(device) for split, text in self.held_out.items()}
        self.also = {
            n: {split: text.to(device) for split, text in its.items()} for n, its in self.also.items()
        }


class LanguageModelling(domain.Domain[TextData, Stream, Batch]):
    """Predict each token of a text from those before it; subclasses choose the tokens."""

    monitor = MONITOR
    joiner: ClassVar[str]
    """What stands between tokens where a reader sees them."""
    sample: ClassVar[tuple[int, int]]
    """Tokens that a sample is given, and that it adds."""
    models: ClassVar[Mapping[str, Callable[..., nn.Module]]] = MODELS
    signature: ClassVar[str] = SIGNATURE
    artefacts: ClassVar[tuple[Artefact, ...]] = (ENWIK8,)
    Options: ClassVar[type[domain.Options]] = TextOptions
    options: TextOptions

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.metrics = metrics_with(type(self).metrics, self.options.also)  # type: ignore[misc]

    @abstractmethod
    def tokenizer(self, dataset: str) -> Tokenizer:
        """How a data set's text becomes tokens."""

    @property
    @abstractmethod
    def vocabulary_size(self) -> int:
        """Entries of the vocabulary, at most."""

    @property
    @abstractmethod
    def remedy(self) -> str:
        """What to do where too much of a text is not in the vocabulary."""

    def fitting(self, files: TextFiles) -> str:
        """The remedy, measured on the text where it is worth another look."""
        return self.remedy

    @abstractmethod
    def metrics_of(self, nats: float, standard_error: float) -> dict[str, float]:
        """All metrics from the cross-entropy."""

    def load(self, dataset: str, cache: Cache) -> TextData:
        """See `find_text` for the data sets."""
        files = find_text(dataset, cache)
        corpus = load_corpus(files, self.tokenizer(dataset), cache)
        doubts = self._unknown_to(dataset, corpus, files)
        others = load_others(self.options.also, self.tokenizer, corpus, cache)
        dials = self.options
        read = {
            VALIDATION: (VALIDATION, dials.evaluation_units),
            TEST: (TEST, dials.test_units),
            MONITOR: (VALIDATION, dials.monitor_units),
        }
        evaluated = {
            name: held_out(corpus.splits[split], units, dials.context)
            for name, (split, units) in read.items()
        }
        unigram = unigram_cross_entropy(corpus.splits[VALIDATION], corpus.counts)
        return TextData(
            dataset=dataset,
            fingerprint=fingerprint_with(corpus.fingerprint, others.identities),
            train_units=len(corpus.splits[TRAIN].tokens),
            splits={name: f"{text.tokens:,} {self.unit}" for name, text in evaluated.items()},
            chance={name: x for name, x in self.metrics_of(unigram, 0.0).items() if not name.endswith("_se")},
            notes=[*corpus.notes, *others.notes],
            doubts=[*doubts, *others.doubts],
            examples=self._examples(corpus),
            corpus=corpus,
            held_out=evaluated,
            also={name: {split: held_out(text, units, dials.context) for split, (_, units) in read.items()}
                  for name, text in others.texts.items()},
        )  # fmt: skip

    def _unknown_to(self, dataset: str, corpus: Corpus, files: TextFiles) -> list[str]:
        """Doubts about the vocabulary; the presets' small ones of our own data are never refused."""
        lacking = f"of the training {self.unit} of {dataset} are not in the vocabulary"
        refused = files.own and corpus.unknown > REFUSED
        remedy = self.fitting(files) if refused else self.remedy
        return doubts_about(lacking, corpus.unknown, remedy, bearable=0.0 if files.own else 1.0)

    def _examples(self, corpus: Corpus) -> list[str]:
        train, words = corpus.splits[TRAIN], sum(self.sample)
        starts = train.starts[: min(EXAMPLES, len(train.lengths))]
        texts = [train.tokens[start : start + words].tolist() for start in starts]
        return [readable(ids, corpus.vocabulary, self.joiner) for ids in texts]

    def shard(self, data: TextData, m: int, seed: int) -> Stream:
        """Exactly m tokens: whole paragraphs of the permutation, the last one cut."""
        return shard_of(data.corpus.splits[TRAIN], m, seed).to(data.device)

    def build(self, model: str, size: int, data: TextData) -> nn.Module:
        """See `steepness.domains.text.models` for the signature."""
        network = self.model_class(model)(vocabulary=len(data.corpus.vocabulary), size=size)
        if isinstance(network, Recurrent) and self.options.initial_range != INITIAL_RANGE:
            network.initialise(self.options.initial_range)
        return network

    def batches(
        self, data: TextData, shard: Stream, batch_size: int, key: int, epoch: int
    ) -> Sequence[Batch]:
        """Paragraphs reshuffled, then laid out in batch_size rows, or fewer for the sake of `least_steps`."""
        most = len(shard) // (self.options.context * max(self.options.least_steps, 1))
        return Epoch(shard.shuffled(key), max(min(batch_size, most), 1), self.options.context)

    def loss(self, model: nn.Module, batch: Batch, state: Any) -> tuple[Tensor, Any]:
        """Mean cross-entropy of the batch's tokens, nats; the model's state, detached."""
        logits_BTV, state = model(batch.inputs_BT, state)
        loss = F.cross_entropy(logits_BTV.flatten(0, 1), batch.targets_BT.flatten().long())
        return loss, detached(state)

    def evaluate(self, model: nn.Module, data: TextData, split: str) -> dict[str, float]:
        """Metrics over the first `evaluation_units` of the split; standard errors are over paragraphs."""
        found = self.metrics_of(*cross_entropy(model, data.held_out[split]))
        others = {n: self.metrics_of(*cross_entropy(model, its[split])) for n, its in data.also.items()}
        return errors_with(found, others)

    def exhibit(self, model: nn.Module, data: TextData) -> dict[str, Any]:
        """Paragraphs of the test split as the model would go on with them."""
        vocabulary, (prompt, length) = data.corpus.vocabulary, self.sample
        texts = continuations(model, data.corpus.splits[TEST], prompt, length, data.device)
        names = ("input", "reference", "output")
        samples = [
            dict(zip(names, (readable(ids, vocabulary, self.joiner) for ids in text), strict=True))
            for text in texts
        ]
        return {"samples": samples}

    def probe(self, model: nn.Module, data: TextData, shard: Stream) -> Sequence[str]:
        """Shapes, causality, carried state: see `steepness.domains.text.probes`."""
        row_T = self.batches(data, shard, 1, 0, 0)[0].inputs_BT[0]
        vocabulary = len(data.corpus.vocabulary)
        inputs_BT = torch.stack([(row_T.roll(by) + 7 * by) % vocabulary for by in range(PROBED_ROWS)])
        return probe(model, inputs_BT, vocabulary)

    def units(self, batch: Batch) -> int:
        """Tokens predicted."""
        return batch.targets_BT.numel()

    def size_ladder(self, model: str) -> Sequence[int]:
        """Widths that double the parameters, for this vocabulary."""
        return doubling_widths(self.vocabulary_size, QUADRATIC.get(model, QUADRATIC["lstm-2"]))
