"""Held-out paragraphs continued by a model, for a reader to see what it has learnt.

Shapes: B prompts, T steps, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from steepness.data.shards import nested_order
from steepness.domains.text.corpus import Paragraphs
from steepness.domains.text.evaluation import ORDER_SEED
from steepness.domains.text.tokens import END, UNKNOWN

PROMPTS = 3


def continuations(
    model: nn.Module, split: Paragraphs, prompt: int, length: int, device: torch.device
) -> list[tuple[list[int], list[int], list[int]]]:
    """The first paragraphs of the split's fixed order that are long enough, as (prompt, text, continuation).

    Args:
        prompt: tokens that the model is given.
        length: tokens that it adds, each drawn from its prediction with `<unk>` left out.
    Returns:
        Ids: what was given, what the text says next, what the model says next.
    """
    order = nested_order(len(split.lengths), ORDER_SEED)
    starts = split.starts[order[split.lengths[order] >= prompt + length][:PROMPTS]]
    texts = [split.tokens[start : start + prompt + length].astype(np.int64) for start in starts]
    if not texts:
        return []
    given_BT = torch.from_numpy(np.stack(texts)[:, :prompt]).to(device)
    written_BT = _continue(model, given_BT, length)
    return [
        (text[:prompt].tolist(), text[prompt:].tolist(), written)
        for text, written in zip(texts, written_BT.tolist(), strict=True)
    ]


def _continue(model: nn.Module, tokens_BT: Tensor, length: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    begin_B1 = torch.full_like(tokens_BT[:, :1], END)
    tokens_BT = torch.cat([begin_B1, tokens_BT], dim=1)
    for _ in range(length):
        logits_BTV, _ = model(tokens_BT, None)
        chances_BV = logits_BTV[:, -1].float().softmax(-1).cpu()
        chances_BV[:, UNKNOWN] = 0
        next_B1 = torch.multinomial(chances_BV, 1, generator=generator)
        tokens_BT = torch.cat([tokens_BT, next_B1.to(tokens_BT.device)], dim=1)
    return tokens_BT[:, -length:]


def readable(ids: Sequence[int], vocabulary: Sequence[str], joiner: str) -> str:
    """Tokens as text, up to the end of the paragraph."""
    ended = ids.index(END) if END in ids else len(ids)
    return joiner.join(vocabulary[i] for i in ids[:ended])
