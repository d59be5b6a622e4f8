"""Encoder-decoders with one size dial.

What a stranger's class must be: `Model(source_vocabulary, target_vocabulary, *, size, dropout)`, an
`nn.Module` whose `forward(source_BS, target_BT)` returns logits, shape (B, T, target_vocabulary), float: at
position t those of the piece after target pieces 0...t. Both arguments are int64 and padded with PAD = 0 on
the right; padding must change nothing, and no logits may depend on later target pieces.

Shapes: B rows (sentence pairs), S source positions, T target positions, H width, V target vocabulary.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from steepness.domains.nmt.pieces import PAD


class AttentionLSTM(nn.Module):
    """Bidirectional LSTM encoder, LSTM decoder, global attention; every width is `size`.

    The decoder is not fed its own attentional output ("input feeding"), so it runs over all teacher-forced
    inputs in one fused call and attends afterwards, for all positions at once.

    Args:
        source_vocabulary, target_vocabulary: pieces, special ones included.
        size: width of embeddings, encoder (both directions together), decoder and attention; even.
        dropout: share of embeddings and of attentional outputs set to zero while training.
    Raises:
        ValueError: if size is odd.
    Source: Luong et al. 2015, "general" score (eq. 8) and attentional output (eq. 5); Hestness et al. 2017.
    """

    def __init__(
        self, source_vocabulary: int, target_vocabulary: int, *, size: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if size % 2:
            raise ValueError(f"lstm size {size}: the two directions of the encoder share it; make it even")
        self.source_embedding = nn.Embedding(source_vocabulary, size, padding_idx=PAD)
        self.target_embedding = nn.Embedding(target_vocabulary, size, padding_idx=PAD)
        self.encoder = BidirectionalLSTM(size)
        self.bridge = nn.Linear(size, 2 * size)
        self.decoder = nn.LSTM(size, size, batch_first=True)
        self.query = nn.Linear(size, size, bias=False)
        self.attentional = nn.Linear(2 * size, size, bias=False)
        self.output = nn.Linear(size, target_vocabulary)
        self.dropout = nn.Dropout(dropout)

    def forward(self, source_BS: Tensor, target_BT: Tensor) -> Tensor:
        """Logits, shape (B, T, V); see the top of the file."""
        mask_BS = source_BS != PAD
        memory_BSH, final_BH = self.encoder(self.dropout(self.source_embedding(source_BS)), mask_BS)
        hidden_BH, cell_BH = self.bridge(final_BH).chunk(2, dim=-1)
        start = (hidden_BH.tanh()[None], cell_BH[None].contiguous())
        states_BTH, _ = self.decoder(self.dropout(self.target_embedding(target_BT)), start)
        context_BTH = F.scaled_dot_product_attention(
            self.query(states_BTH), memory_BSH, memory_BSH, attn_mask=mask_BS[:, None], scale=1.0
        )
        attentional_BTH = self.attentional(torch.cat([context_BTH, states_BTH], dim=-1)).tanh()
        logits_BTV: Tensor = self.output(self.dropout(attentional_BTH))
        return logits_BTV


class BidirectionalLSTM(nn.Module):
    """One LSTM over a sentence, one over the sentence reversed; padding reaches neither's outputs.

    Reversing each sentence inside its padding keeps both calls dense: nn.LSTM on packed sequences is three to
    five times slower on a CPU at these widths, and on CUDA it must wait for the lengths.

    Args:
        size: width of the output; each direction has half of it.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.ahead = nn.LSTM(size, size // 2, batch_first=True)
        self.back = nn.LSTM(size, size // 2, batch_first=True)

    def forward(self, input_BSH: Tensor, mask_BS: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs, shape (B, S, H), and the last output of each direction, shape (B, H).

        Args:
            mask_BS: True where there is no padding; every row has at least one.
        """
        last_B = mask_BS.sum(1) - 1
        mirror_BS = last_B[:, None] - torch.arange(mask_BS.shape[1], device=mask_BS.device)
        mirror_BS = torch.where(mask_BS, mirror_BS, 0)
        ahead_BSH, _ = self.ahead(input_BSH)
        back_BSH, _ = self.back(_pick(input_BSH, mirror_BS))
        final_BH = torch.cat([_pick(half, last_B[:, None])[:, 0] for half in (ahead_BSH, back_BSH)], dim=-1)
        return torch.cat([ahead_BSH, _pick(back_BSH, mirror_BS)], dim=-1), final_BH


class Transformer(nn.Module):
    """Pre-norm encoder-decoder with sinusoidal positions, three layers each.

    Args:
        source_vocabulary, target_vocabulary: pieces, special ones included.
        size: width; a multiple of 8. One attention head per 64 of it, at least two; feed-forward 4 * size.
        dropout: as in the source.
    Raises:
        ValueError: if size is no multiple of 8.
    Source: Vaswani et al. 2017; layer normalisation before each part as in Xiong et al. 2020.
    """

    LAYERS = 3

    def __init__(
        self, source_vocabulary: int, target_vocabulary: int, *, size: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if size % 8:
            raise ValueError(f"transformer size {size}: make it a multiple of 8")
        heads = max(2, size // 64)
        facts = (size, heads, 4 * size, dropout)
        self.source_embedding = nn.Embedding(source_vocabulary, size, padding_idx=PAD)
        self.target_embedding = nn.Embedding(target_vocabulary, size, padding_idx=PAD)
        encoder_layer = nn.TransformerEncoderLayer(*facts, batch_first=True, norm_first=True)
        decoder_layer = nn.TransformerDecoderLayer(*facts, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(
            encoder_layer, self.LAYERS, nn.LayerNorm(size), enable_nested_tensor=False
        )
        self.decoder = nn.TransformerDecoder(decoder_layer, self.LAYERS, nn.LayerNorm(size))
        self.output = nn.Linear(size, target_vocabulary)
        self.dropout = nn.Dropout(dropout)
        self._initialise()

    def forward(self, source_BS: Tensor, target_BT: Tensor) -> Tensor:
        """Logits, shape (B, T, V); see the top of the file."""
        padding_BS = source_BS == PAD
        memory_BSH = self.encoder(
            self._embed(self.source_embedding, source_BS), src_key_padding_mask=padding_BS
        )
        states_BTH = self.decoder(
            self._embed(self.target_embedding, target_BT),
            memory_BSH,
            tgt_mask=_future(target_BT),
            memory_key_padding_mask=padding_BS,
            tgt_is_causal=True,
        )
        logits_BTV: Tensor = self.output(states_BTH)
        return logits_BTV

    def _embed(self, embedding: nn.Module, tokens_BS: Tensor) -> Tensor:
        embedded_BSH: Tensor = embedding(tokens_BS)
        width = embedded_BSH.shape[-1]
        positions_SH = sinusoids(tokens_BS.shape[1], width, tokens_BS.device)
        return self.dropout(embedded_BSH * math.sqrt(width) + positions_SH)  # type: ignore[no-any-return]

    def _initialise(self) -> None:
        """nn.TransformerEncoder copies one layer, weights and all; draw each anew."""
        for name, parameter in self.named_parameters():
            if "embedding" in name:
                nn.init.normal_(parameter, std=parameter.shape[-1] ** -0.5)
            elif parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
        for embedding in (self.source_embedding, self.target_embedding):
            nn.init.zeros_(embedding.weight[PAD])


def sinusoids(length: int, width: int, device: torch.device) -> Tensor:
    """Position codes, shape (length, width), float32, in [-1, 1]; width even (Vaswani et al. 2017, 3.5)."""
    rates = torch.exp(torch.arange(0, width, 2, device=device) * (-math.log(10_000.0) / width))
    angles = torch.arange(length, device=device)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


def _future(target_BT: Tensor) -> Tensor:
    length = target_BT.shape[1]
    return torch.ones(length, length, dtype=torch.bool, device=target_BT.device).triu(1)


def _pick(values_BSH: Tensor, places_BS: Tensor) -> Tensor:
    return values_BSH.gather(1, places_BS[..., None].expand(-1, -1, values_BSH.shape[-1]))
