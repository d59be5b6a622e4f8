"""Beam search, and how good its translations are.

Shapes: B sentences, K beams, S source positions, T target positions, V target vocabulary.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import sacrebleu
import torch
from torch import Tensor, nn

from steepness.domain import TEST
from steepness.domains.nmt.data import Translations
from steepness.domains.nmt.pieces import BEGIN, END, PAD, UNKNOWN
from steepness.domains.nmt.vocabulary import load_vocabulary

Int64s = npt.NDArray[np.int64]


_CHUNK = 32
_LONGER = 10  # pieces by which a translation may exceed its source


def translate(model: nn.Module, data: Translations, rows: Int64s, beams: int) -> list[str]:
    """The test sentences of these rows in the target language, in their order.

    Args:
        model: on the data's device, in eval mode.
        rows: of the test split, shape (n,), int64.
        beams: hypotheses kept for each sentence, >= 1.
    """
    source = data.parts[TEST].source
    processor = load_vocabulary(data.target_model)
    translations: dict[int, str] = {}
    by_length = rows[np.argsort(source.lengths[rows], kind="stable")]
    for chunk in np.split(by_length, range(_CHUNK, len(rows), _CHUNK)):
        width = int(source.lengths[chunk].max())
        source_BS = source.rows(torch.from_numpy(chunk).to(source.device), width)
        found_BT = beam_search(model, source_BS, beams=beams, longest_B=(source_BS != PAD).sum(1) + _LONGER)
        texts = processor.decode([[piece for piece in row if piece > END] for row in found_BT.tolist()])
        translations.update(zip(chunk, texts, strict=True))
    return [translations[row] for row in rows]


def beam_search(model: nn.Module, source_BS: Tensor, *, beams: int, longest_B: Tensor) -> Tensor:
    """The most probable translations a beam finds, by log probability per piece.

    Every step scores all prefixes with the model's own `forward`: slower than keeping decoder states, but the
    same for any architecture, and without a second code path that could differ from the trained one.

    Args:
        source_BS: pieces and END, shape (B, S), int64, padded with PAD.
        beams: hypotheses kept for each sentence, >= 1.
        longest_B: pieces of a translation, END included, shape (B,), >= 1; it is cut there.
    Returns:
        Pieces, shape (B, at most the largest of longest_B), int64; END and PAD after the last.
    """
    rows, device = len(source_BS), source_BS.device
    repeated = source_BS.repeat_interleave(beams, dim=0)
    tokens_BKT = torch.full((rows, beams, 1), BEGIN, device=device)
    scores_BK = torch.full((rows, beams), -torch.inf, device=device)
    scores_BK[:, 0] = 0.0  # all beams are equal at first: only one may branch
    for step in range(1, int(longest_B.max()) + 1):
        ended_BK = (tokens_BKT == END).any(-1)
        if ended_BK.all():
            break
        logits = model(repeated, tokens_BKT.flatten(0, 1))[:, -1].unflatten(0, (rows, beams))
        scores_BKV = scores_BK[..., None] + _continuations(logits.float(), ended_BK, longest_B == step)
        scores_BK, best = scores_BKV.flatten(1).topk(beams)
        beam_BK, piece_BK = best // logits.shape[-1], best % logits.shape[-1]
        kept_BKT = tokens_BKT.gather(1, beam_BK[..., None].expand_as(tokens_BKT))
        tokens_BKT = torch.cat([kept_BKT, piece_BK[..., None]], dim=-1)
    lengths_BK = (tokens_BKT != PAD).sum(-1) - 1
    winner_B = (scores_BK / lengths_BK).argmax(-1)
    return tokens_BKT[torch.arange(rows, device=device), winner_B, 1:]


def _continuations(logits_BKV: Tensor, ended_BK: Tensor, last_B: Tensor) -> Tensor:
    """Log probability of each next piece: END alone at the last step, and after it PAD alone, at no cost."""
    log_BKV = logits_BKV.log_softmax(-1)
    log_BKV[..., [PAD, UNKNOWN, BEGIN]] = -torch.inf
    log_BKV[last_B, :, END + 1 :] = -torch.inf
    log_BKV[ended_BK] = -torch.inf
    log_BKV[..., PAD] = torch.where(ended_BK, 0.0, -torch.inf)
    return log_BKV


def quality(translations: Sequence[str], references: Sequence[str]) -> dict[str, float | str]:
    """Corpus BLEU and chrF, both 0-100, with the signatures that say how they were computed.

    Source: Papineni et al. 2002, Popović 2015; Post 2018 for why signatures.
    """
    figures: dict[str, float | str] = {}
    for name, metric in (
        ("bleu", sacrebleu.BLEU(tokenize=tokenizer_for(references))),
        ("chrf", sacrebleu.CHRF()),
    ):
        figures[name] = round(metric.corpus_score(list(translations), [list(references)]).score, 2)
        figures[f"{name}_signature"] = str(metric.get_signature())
    return figures


def tokenizer_for(texts: Sequence[str]) -> str:
    """sacrebleu's name for how BLEU cuts a language into words; by characters where it writes none.

    By the script that most letters are of: Chinese as WMT does it; Japanese, Thai, Lao, Khmer and Burmese by
    characters, as their words need dictionaries; else WMT's 13a.
    """
    scripts = Counter(unicodedata.name(c, "").split(" ")[0] for text in texts for c in text if c.isalpha())
    if scripts.keys() & {"HIRAGANA", "KATAKANA"}:
        return "char"
    script = scripts.most_common(1)[0][0] if scripts else ""
    return {"CJK": "zh", "THAI": "char", "LAO": "char", "KHMER": "char", "MYANMAR": "char"}.get(script, "13a")
