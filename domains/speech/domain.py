"""Speech recognition (Hestness et al. 2017, section 4.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, cast

import numpy as np
from torch import Tensor, nn

from steepness import domain
from steepness.data.artefacts import Artefact, Cache
from steepness.data.shards import nested_order
from steepness.domain import TRAIN, Metric
from steepness.domain.also import errors_with, metrics_with
from steepness.domain.estimates import ratio
from steepness.domain.halves import Halves
from steepness.domains.speech.alphabet import ENGLISH
from steepness.domains.speech.also import add_others
from steepness.domains.speech.batches import Batch, Epoch, Masking, collate, grouped, halves
from steepness.domains.speech.data import Numbers, SpeechData, load
from steepness.domains.speech.features import Preparation
from steepness.domains.speech.models import MODELS, SIGNATURE, SpeechModel
from steepness.domains.speech.probes import probe
from steepness.domains.speech.sources import QUEEN
from steepness.domains.speech.transcripts import error_rate

_EVALUATION_BATCH = 64  # fixed, so that a result does not depend on how the model was trained


class SpeechOptions(domain.Options, frozen=True, kw_only=True):
    """Dials of speech recognition."""

    rate: int = 11_025
    """Samples a second that every recording is resampled to."""
    mels: int = 40
    """Bands of the log-mel features."""
    window_milliseconds: float = 40.0
    """Sound that one frame sees."""
    hop_milliseconds: float = 20.0
    """From one frame to the next."""
    longest_seconds: float = 12.0
    """Longer recordings are left out."""
    time_reduction: Literal[2, 4, 8] = 2
    """Frames that become one inside the model; transcripts longer than what CTC can then write are left out."""
    layers: int = 3
    """Recurrent layers (deepspeech2, attention's encoder) or blocks (conformer)."""
    dropout: float = 0.0
    """Share of activations dropped between layers; the paper's curves have none."""
    time_masks: int = 0
    """SpecAugment: stretches of time hidden in each training utterance; the paper's curves have none."""
    frequency_masks: int = 0
    """SpecAugment: ranges of bands hidden in each training utterance; the paper's curves have none."""
    alphabet: str = ""
    """The characters that are written down, e.g. " 'abcdefghijklmnopqrstuvwxyzäöüß"; "transcripts" takes the letters of
    the transcripts. Empty: the English ones. What is written in others is left out."""

    also: tuple[str, ...] = ()
    """Other speech that every model is evaluated on besides, data sets as of `find_speech`; each adds its metrics."""

    added: ClassVar[frozenset[str]] = frozenset({"alphabet", "also"})


class Speech(domain.Domain[SpeechData, Numbers, Batch]):
    """Write down what is said, character by character. CTC on CUDA is not bit-deterministic."""

    name = "speech"
    unit = "seconds"
    metrics = (
        Metric("character_error_rate", "edits per character"),
        Metric("word_error_rate", "edits per word"),
        Metric("loss", "nats per character"),
    )
    models: ClassVar[Mapping[str, Callable[..., nn.Module]]] = MODELS
    signature = SIGNATURE
    artefacts: ClassVar[tuple[Artefact, ...]] = (QUEEN,)
    Options: ClassVar[type[domain.Options]] = SpeechOptions
    options: SpeechOptions

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.metrics = metrics_with(type(self).metrics, self.options.also)  # type: ignore[misc, assignment]

    def load(self, dataset: str, cache: Cache) -> SpeechData:
        """See `find_speech` for the data sets."""
        options = self.options
        preparation = Preparation(
            rate=options.rate,
            mels=options.mels,
            window_milliseconds=options.window_milliseconds,
            hop_milliseconds=options.hop_milliseconds,
            longest_seconds=options.longest_seconds,
            time_reduction=options.time_reduction,
            characters=options.alphabet or ENGLISH.characters,
        )
        data = load(dataset, preparation, cache)
        add_others(data, options.also, preparation, cache)
        return data

    def shard(self, data: SpeechData, m: int, seed: int) -> Numbers:
        """Whole utterances of the permutation, as many as fit into m seconds."""
        if not 0 < m <= data.train_units:
            raise ValueError(
                f"a shard of {m:,} seconds cannot be cut from {data.train_units:,}: lower the preset's shard "
                "start, count or factor, or choose a larger data set"
            )
        train = data.members[TRAIN]
        numbers: Numbers = train[nested_order(len(train), seed)]
        fitting = np.searchsorted(np.cumsum(data.utterances.seconds[numbers]), m, side="right")
        return numbers[: max(int(fitting), 1)]

    def build(self, model: str, size: int, data: SpeechData) -> nn.Module:
        """See `steepness.domains.speech.models` for the signature."""
        return self.model_class(model)(
            features=self.options.mels,
            vocabulary=data.alphabet.vocabulary,
            time_reduction=self.options.time_reduction,
            layers=self.options.layers,
            dropout=self.options.dropout,
            size=size,
        )

    def batches(
        self, data: SpeechData, shard: Numbers, batch_size: int, key: int, epoch: int
    ) -> Sequence[Batch]:
        """Utterances of similar length together; the first epoch goes from short to long, as Deep Speech 2 does."""
        groups = grouped(data, shard, batch_size, key if epoch else None)
        return Epoch(data, groups, Masking(self.options.time_masks, self.options.frequency_masks), key)

    def loss(self, model: nn.Module, batch: Batch, state: Any) -> tuple[Tensor, Any]:
        """Negative log-likelihood of the batch's transcripts, nats per character; nothing is carried on."""
        speech_model = cast(SpeechModel, model)
        nats_B = speech_model.nats(
            model(batch.features_BTF, batch.frames_B), batch.labels_BL, batch.lengths_B
        )
        return nats_B.sum() / float(batch.lengths_B.sum()), None

    def evaluate(self, model: nn.Module, data: SpeechData, split: str) -> dict[str, float]:
        """Greedy decoding without a language model; standard errors over utterances."""
        others = {name: self._means(model, its, split) for name, its in data.also.items()}
        return errors_with(self._means(model, data, split), others)

    def _means(self, model: nn.Module, data: SpeechData, split: str) -> dict[str, float]:
        speech_model = cast(SpeechModel, model)
        references, outputs, nats, lengths = [], [], [], []
        for numbers in grouped(data, data.members[split], _EVALUATION_BATCH):
            batch = collate(data, numbers)
            encoded = model(batch.features_BTF, batch.frames_B)
            nats.append(speech_model.nats(encoded, batch.labels_BL, batch.lengths_B).cpu().numpy())
            lengths.append(batch.lengths_B.numpy())
            outputs += [data.alphabet.decode(labels) for labels in speech_model.transcribe(encoded)]
            references += [data.text(number) for number in numbers]
        results = {
            "character_error_rate": error_rate(references, outputs),
            "word_error_rate": error_rate([r.split() for r in references], [o.split() for o in outputs]),
            "loss": ratio(np.concatenate(nats), np.concatenate(lengths)),
        }
        means = {name: mean for name, (mean, _) in results.items()}
        return means | {f"{name}_se": error for name, (_, error) in results.items()}

    def probe(self, model: nn.Module, data: SpeechData, shard: Numbers) -> Sequence[str]:
        """Shapes of all three methods, labels in range, and that no utterance sees another."""
        return probe(model, collate(data, shard[:1]), data.alphabet.vocabulary)

    def size_ladder(self, model: str) -> Sequence[int]:
        """Widths; parameters grow by about 2 to 3 from one to the next."""
        return (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768)

    def halves(self, batch: Batch) -> Halves:
        """Utterances in two; shares of characters."""
        return halves(batch)

    def units(self, batch: Batch) -> int:
        """Seconds of sound, rounded."""
        return round(batch.seconds)

    def exhibit(self, model: nn.Module, data: SpeechData) -> dict[str, Any]:
        """What the model hears in three test utterances, with their sound."""
        batch = collate(data, np.array([example["number"] for example in data.played]))
        outputs = cast(SpeechModel, model).transcribe(model(batch.features_BTF, batch.frames_B))
        return {
            "samples": [
                {
                    "input": example["name"],
                    "reference": data.text(example["number"]),
                    "output": data.alphabet.decode(labels),
                    "audio": example["audio"],
                }
                for example, labels in zip(data.played, outputs, strict=True)
            ]
        }
