"""Neural machine translation: attention sequence-to-sequence models on growing shards of a parallel text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from steepness.data.artefacts import Cache
from steepness.data.randomness import generator
from steepness.data.shards import nested_order, prefix
from steepness.domain import TRAIN, VALIDATION, Domain, Metric, Options
from steepness.domain.also import errors_with, metrics_with
from steepness.domain.estimates import ratio
from steepness.domain.halves import Halves
from steepness.domain.probes import mixes_rows, probabilities_already, sees_later, shape_of
from steepness.domains.nmt.also import add_others
from steepness.domains.nmt.batches import Batch, BucketedBatches, halves
from steepness.domains.nmt.data import Split, Translations, load_translations
from steepness.domains.nmt.models import AttentionLSTM, Transformer
from steepness.domains.nmt.pieces import PAD
from steepness.domains.nmt.prepare import Recipe
from steepness.domains.nmt.sources import KING_JAMES, LUTHER_1912, TATOEBA_ES_EN, TATOEBA_FR_EN
from steepness.domains.nmt.translate import quality, translate

Int64s = npt.NDArray[np.int64]

EVALUATION_TOKENS = 2048  # logits beyond a CPU's cache make evaluation slower
MONITOR = "monitor"
SAMPLES = 8
PROBED_TOKENS = 256


class NMTOptions(Options, frozen=True, kw_only=True):
    """The `[options]` of a preset."""

    vocabulary: int = 2000
    """Pieces of each SentencePiece vocabulary (byte-pair encoding), learnt from the whole training split."""
    joint: bool = False
    """One vocabulary for both languages instead of one each."""
    held_out: int = 2000
    """Sentence pairs each in validation and in test, where the data set has no such split of its own."""
    monitor_pairs: int = 500
    """Validation pairs that the stopping rule watches; the trial's error is measured on all of validation."""
    longest: int = 50
    """Pairs with more pieces than this on either side are left out, of every split."""
    dropout: float = 0.0
    """Of embeddings and outputs. The paper found the exponent the same with 0.2 as without."""
    translations: int = 64
    """Test sentences that each trained model translates, for BLEU, chrF and samples."""
    beams: int = 4
    """Hypotheses that beam search keeps for each of them."""
    also: tuple[str, ...] = ()
    """Other pairs that every model is evaluated on besides, data sets as of `find_parallel_text`, at most `held_out` of
    each; each adds its metrics."""

    added: ClassVar[frozenset[str]] = frozenset({"also"})


class NMT(Domain[Translations, Int64s, Batch]):
    """Units are target tokens: sub-word pieces and the end of each sentence. batch_size counts them too."""

    name = "nmt"
    unit = "tokens"
    metrics = (
        Metric("token_error", "share of target tokens"),
        Metric("cross_entropy_nats", "nats per target token"),
    )
    models: ClassVar[Mapping[str, Callable[..., nn.Module]]] = {
        "lstm": AttentionLSTM,
        "transformer": Transformer,
    }
    monitor = MONITOR
    signature = (
        "Model(source_vocabulary: int, target_vocabulary: int, *, size: int, dropout: float); "
        "forward(source_BS, target_BT) -> logits_BTV"
    )
    artefacts = (TATOEBA_FR_EN, TATOEBA_ES_EN, LUTHER_1912, KING_JAMES)
    Options = NMTOptions
    options: NMTOptions

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.metrics = metrics_with(type(self).metrics, self.options.also)  # type: ignore[misc, assignment]

    def load(self, dataset: str, cache: Cache) -> Translations:
        """See `load_translations`."""
        chosen = self.options
        recipe = Recipe(
            vocabulary=chosen.vocabulary,
            joint=chosen.joint,
            held_out=chosen.held_out,
            longest=chosen.longest,
        )
        data = load_translations(dataset, cache, recipe)
        add_others(data, chosen.also, recipe, cache)
        return data

    def shard(self, data: Translations, m: int, seed: int) -> Int64s:
        """Rows of the fewest pairs of the permutation that hold m target tokens; the last is not cut."""
        lengths = data.parts[TRAIN].target_tokens
        return prefix(lengths, nested_order(len(lengths), seed), m)[0]

    def build(self, model: str, size: int, data: Translations) -> nn.Module:
        """A model of ours, or a stranger's class; see models.py for what it must be."""
        made = self.model_class(model)
        return made(data.source_vocabulary, data.target_vocabulary, size=size, dropout=self.options.dropout)

    def batches(
        self, data: Translations, shard: Int64s, batch_size: int, key: int, epoch: int
    ) -> BucketedBatches:
        """Pairs of like length; batch_size is the number of target tokens in a batch, padding included."""
        return BucketedBatches(data.parts[TRAIN], shard, batch_size, generator(key, "bucketed batches"))

    def loss(self, model: nn.Module, batch: Batch, state: None) -> tuple[Tensor, None]:
        """Mean cross-entropy per target token under teacher forcing, in nats."""
        logits_BTV = model(batch.source_BS, batch.target_BT[:, :-1])
        return F.cross_entropy(
            logits_BTV.flatten(0, 1).float(), batch.target_BT[:, 1:].flatten(), ignore_index=PAD
        ), None

    def probe(self, model: nn.Module, data: Translations, shard: Int64s) -> Sequence[str]:
        """Shapes, and that no logits depend on later target pieces."""
        batch = self.batches(data, shard, PROBED_TOKENS, 0, 0)[0]
        source_BS, target_BT = batch.source_BS, batch.target_BT[:, :-1]
        logits_BTV, wanted = model(source_BS, target_BT), (*target_BT.shape, data.target_vocabulary)
        if not isinstance(logits_BTV, Tensor) or logits_BTV.shape != wanted:
            shape = shape_of(logits_BTV)
            return [
                f"wrong output shape: logits are {shape}, not {wanted} = (rows, steps, target vocabulary)"
            ]
        if not torch.isfinite(logits_BTV).all():
            return ["its logits are not all finite"]
        rows = torch.arange(3) % len(source_BS)
        faults = [
            probabilities_already(logits_BTV),
            sees_later(lambda ids_BT: model(source_BS, ids_BT), target_BT, data.target_vocabulary),
            mixes_rows(lambda rows_B: model(source_BS[rows_B], target_BT[rows_B]), rows),
        ]
        return [fault for fault in faults if fault]

    def halves(self, batch: Batch) -> Halves:
        """Pairs in two; shares of target tokens."""
        return halves(batch)

    def units(self, batch: Batch) -> int:
        """Target tokens to predict in the batch."""
        return batch.target_tokens

    def evaluate(self, model: nn.Module, data: Translations, split: str) -> dict[str, float]:
        """Per-token error (the paper's) and cross-entropy under teacher forcing, with their standard errors.

        Tokens of a sentence err together, so standard errors are those of a ratio over sentences.
        """
        own = data.parts[VALIDATION if split == MONITOR else split]
        count = self.options.monitor_pairs if split == MONITOR else None
        others = {name: self._means(model, part, count) for name, part in data.also.items()}
        return errors_with(self._means(model, own, count), others)

    def _means(self, model: nn.Module, part: Split, count: int | None) -> dict[str, float]:
        rows = nested_order(len(part), seed=0)[:count]
        batches = BucketedBatches(part, rows, EVALUATION_TOKENS)
        sums = torch.cat([_sentence_sums(model, batches[i]) for i in range(len(batches))])
        wrong_n, nats_n, tokens_n = sums.double().cpu().numpy().T
        result = {}
        for metric, sums_n in zip(type(self).metrics, (wrong_n, nats_n), strict=True):
            result[metric.name], result[f"{metric.name}_se"] = ratio(sums_n, tokens_n)
        return result

    def exhibit(self, model: nn.Module, data: Translations) -> dict[str, Any]:
        """Beam-search translations of the same test sentences by every model: BLEU, chrF, some to read."""
        rows = nested_order(len(data.test_pairs), seed=0)[: self.options.translations]
        pairs = [data.test_pairs[row] for row in rows]
        outputs = translate(model, data, rows, self.options.beams)
        samples = [
            {"input": source, "reference": reference, "output": output}
            for (source, reference), output in zip(pairs[:SAMPLES], outputs, strict=False)
        ]
        return {"samples": samples, "sentences": len(rows), **quality(outputs, [pair[1] for pair in pairs])}

    def size_ladder(self, model: str) -> Sequence[int]:
        """Widths; 208 and 512 are those of the paper's two fixed-size curves."""
        if self.model_class(model) is AttentionLSTM:
            return (16, 28, 52, 104, 208, 328, 512, 720, 1024)
        return (16, 32, 48, 64, 96, 128, 192, 256, 384, 512)


def _sentence_sums(model: nn.Module, batch: Batch) -> Tensor:
    """Wrong tokens, nats and tokens of each sentence, shape (B, 3)."""
    actual_BT = batch.target_BT[:, 1:]
    logits_BTV = model(batch.source_BS, batch.target_BT[:, :-1]).float()
    counted_BT = actual_BT != PAD
    wrong_BT = (logits_BTV.argmax(-1) != actual_BT) & counted_BT
    nats_BT = F.cross_entropy(
        logits_BTV.flatten(0, 1), actual_BT.flatten(), ignore_index=PAD, reduction="none"
    ).view_as(actual_BT)
    return torch.stack([values.sum(1) for values in (wrong_BT, nats_BT, counted_BT)], dim=-1)
