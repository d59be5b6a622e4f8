"""What a model costs: parameters, and floating-point operations counted on the model itself."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from steepness.domain import Domain


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
    """Training FLOPs per unit of data: three times the forward pass, as the backward pass costs two.

    Fused recurrent kernels hide their matrix products from the counter, so they are off while it counts.
    """
    training = model.training
    model.eval()
    with torch.no_grad(), _unfused(), FlopCounterMode(display=False) as counter:
        domain.loss(model, batch, None)
    model.train(training)
    return 3.0 * float(counter.get_total_flops()) / max(domain.units(batch), 1)


@contextmanager
def _unfused() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "TF32 acceleration on top of oneDNN")  # said of a flag nobody set
        with torch.backends.mkldnn.flags(enabled=False), torch.backends.cudnn.flags(enabled=False):
            yield
