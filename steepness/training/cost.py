"""What a model costs: parameters, and floating-point operations counted on the model itself."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from steepness.domain import Domain

aten = torch.ops.aten


def count_parameters(model: nn.Module) -> dict[str, int]:
    """`parameters` of the whole model, and `parameters_without_embeddings` (input tables only)."""
    total = sum(p.numel() for p in model.parameters())
    tables = {
        p for module in model.modules() if isinstance(module, nn.Embedding) for p in module.parameters()
    }
    return {
        "parameters": total,
        "parameters_without_embeddings": total - sum(p.numel() for p in tables),
    }


def flops_per_unit(domain: Domain[Any, Any, Any], model: nn.Module, batch: Any) -> float:
    """Training FLOPs per unit of data."""
    return flops_of_step(domain, model, batch) / max(domain.units(batch), 1)


def flops_of_step(domain: Domain[Any, Any, Any], model: nn.Module, batch: Any) -> float:
    """Training FLOPs of a batch: three times the forward pass, as the backward pass costs two.

    Products of matrices and convolutions count, two operations for each multiplication; what goes by elements does
    not. Causal attention counts in full, as most others count it. The forward pass is the one of a training step,
    since evaluation may take fused kernels that the counter does not know; the model is left as it was.
    """
    training = model.training
    model.train()
    with torch.no_grad(), _buffers_kept(model), _unfused(), _counter() as counter:
        domain.loss(model, batch, None)
    model.train(training)
    return 3.0 * float(counter.get_total_flops())


def _product(left_shape: Any, right_shape: Any, *args: Any, **kwargs: Any) -> int:
    """Of matrices, with or without rows of their own in a batch, or of a matrix or vector and a vector."""
    columns = right_shape[-1] if len(right_shape) > 1 else 1
    return int(2 * math.prod(left_shape) * columns)


def _added_product(self_shape: Any, left_shape: Any, right_shape: Any, *args: Any, **kwargs: Any) -> int:
    return _product(left_shape, right_shape)


UNKNOWN_TO_TORCH = {
    **dict.fromkeys((aten.mv, aten.dot, aten.vdot), _product),
    **dict.fromkeys((aten.addmm_, aten._addmm_activation, aten.baddbmm_), _added_product),
    **dict.fromkeys((aten.addbmm, aten.addbmm_, aten.addmv, aten.addmv_), _added_product),
}
"""Products that torch's counter passes over in silence."""


def _counter() -> FlopCounterMode:
    return FlopCounterMode(display=False, custom_mapping=UNKNOWN_TO_TORCH)


@contextmanager
def _buffers_kept(model: nn.Module) -> Iterator[None]:
    """Running means of batch normalisation and the like are put back."""
    kept = [(buffer, buffer.clone()) for buffer in model.buffers()]
    yield
    for buffer, before in kept:
        buffer.copy_(before)


@contextmanager
def _unfused() -> Iterator[None]:
    """Fused kernels of recurrence and of attention hide their matrix products from the counter: off in here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "TF32 acceleration on top of oneDNN")  # said of a flag nobody set
        with (
            torch.backends.mkldnn.flags(enabled=False),
            torch.backends.cudnn.flags(enabled=False),
            sdpa_kernel(SDPBackend.MATH),
        ):
            yield
