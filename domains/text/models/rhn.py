"""Recurrent highway networks, with the recurrence's gradient written out so that it is no crawl.

Shapes: B rows, T steps, L depth of the recurrence, H width, V vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from steepness.domains.text.models.recurrent import INITIAL_RANGE, Recurrent

TRANSFORM_BIAS = -4.0
"""Initial bias of the transform gates (Hestness et al. 2017): at first the state is carried almost unchanged."""


class RecurrentHighwayNetwork(Recurrent):
    """Embedding, one recurrence of `layers` highway layers a step, untied softmax, all of one width; no dropout.

    Each layer computes s <- s + t * (h - s) with h = tanh(W_h x + R_h s + b_h), t = sigmoid(W_t x + R_t s + b_t);
    x enters the first layer only. H and T have weights of their own, the carry gate is 1 - T.

    Source: Zilly et al. 2017 (arXiv:1607.03474), eq. 6-9; Hestness et al. 2017 for the sizes and the gate bias.

    Args:
        vocabulary: number of token ids.
        size: width of embedding and state.
        layers: depth of the recurrence; 5 for words, 10 for characters in the paper.
    """

    def __init__(self, vocabulary: int, size: int, layers: int = 5) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, size)
        self.input = nn.Linear(size, 2 * size)
        self.recurrent_L = nn.Parameter(torch.empty(layers, size, 2 * size))
        self.bias_L = nn.Parameter(torch.empty(layers - 1, 2 * size))
        self.softmax = nn.Linear(size, vocabulary)
        self.initialise()

    def initialise(self, initial_range: float = INITIAL_RANGE) -> None:
        """Uniform, but for the biases of the transform gates."""
        super().initialise(initial_range)
        for bias in (self.input.bias, self.bias_L):
            nn.init.constant_(bias.chunk(2, dim=-1)[1], TRANSFORM_BIAS)

    def forward(self, tokens_BT: Tensor, state_BH: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits of each next token, shape (B, T, V), and the state after the last step."""
        # The recurrence stays in float32 under autocast: its products are small, its rounding errors add up.
        inputs_TBG = self.input(self.embedding(tokens_BT.T)).to(self.recurrent_L.dtype)
        if state_BH is None:
            state_BH = inputs_TBG.new_zeros(tokens_BT.shape[0], self.embedding.embedding_dim)
        states_TBH: Tensor = _Recurrence.apply(  # type: ignore[no-untyped-call]
            inputs_TBG, state_BH, self.recurrent_L, self.bias_L
        )
        return self.softmax(states_TBH.transpose(0, 1)), states_TBH[-1]


class _Recurrence(torch.autograd.Function):
    """All steps of the recurrence: 4 kernels a layer forward and 3 back; weight gradients are one product at the end.

    G = 2H holds the pre-activations of h, then those of t. The inner loops do only what depends on the layer before.
    """

    @staticmethod
    def forward(
        ctx: Any, inputs_TBG: Tensor, state_BH: Tensor, recurrent_L: Tensor, bias_L: Tensor
    ) -> Tensor:
        steps, rows, gates = inputs_TBG.shape
        width, layers = gates // 2, len(recurrent_L)
        # before_LTBH[l, t] is what layer l reads at step t; the last entry of L is what comes out.
        before_LTBH = inputs_TBG.new_empty(layers + 1, steps, rows, width)
        gates_LTBG = inputs_TBG.new_empty(layers, steps, rows, gates)
        gates_LTBG[0] = inputs_TBG
        gates_LTBG[1:] = bias_L[:, None, None]
        weights_L = recurrent_L.unbind()
        for t in range(steps):
            before_L, gates_L = before_LTBH[:, t].unbind(), gates_LTBG[:, t].unbind()
            before_L[0].copy_(state_BH)
            for layer in range(layers):
                gate_BG = gates_L[layer].addmm_(before_L[layer], weights_L[layer])
                h_BH, t_BH = gate_BG.chunk(2, dim=1)
                torch.lerp(before_L[layer], h_BH.tanh_(), t_BH.sigmoid_(), out=before_L[layer + 1])
            state_BH = before_L[layers]
        ctx.save_for_backward(before_LTBH, gates_LTBG, recurrent_L)
        return before_LTBH[layers].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_TBH: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        before_LTBH, gates_LTBG, recurrent_L = ctx.saved_tensors
        layers, steps, rows, _ = gates_LTBG.shape
        before_LTBH = before_LTBH[:layers]
        # Holds d(state after) / d(pre-activations) of a step until the gradient reaches it, then the gradient.
        grads_LTB2H = torch.empty_like(gates_LTBG).view(layers, steps, rows, 2, -1)
        grad_BH = torch.zeros_like(before_LTBH[0, 0])
        transposed_L = recurrent_L.mT.unbind()
        for t in reversed(range(steps)):
            h_LBH, t_LBH = gates_LTBG[:, t].chunk(2, dim=-1)
            carry_LBH = 1 - t_LBH
            torch.mul(t_LBH, 1 - h_LBH.square(), out=grads_LTB2H[:, t, :, 0])
            torch.mul(t_LBH * carry_LBH, h_LBH - before_LTBH[:, t], out=grads_LTB2H[:, t, :, 1])
            carries, grads = carry_LBH.unbind(), grads_LTB2H[:, t].unbind()
            grad_BH = grad_BH + grad_TBH[t]
            for layer in reversed(range(layers)):
                grad_BG = grads[layer].mul_(grad_BH[:, None]).flatten(1)
                grad_BH = (grad_BH * carries[layer]).addmm_(grad_BG, transposed_L[layer])
        grads_LTBG = grads_LTB2H.flatten(-2)
        grad_recurrent_L = before_LTBH.flatten(1, 2).mT @ grads_LTBG.flatten(1, 2)
        return grads_LTBG[0], grad_BH, grad_recurrent_L, grads_LTBG[1:].sum((1, 2))
