"""Training steps of the language models, at about equal parameters: `make bench`, or
`python -m pytest benchmarks/steps/test_step_throughput.py`.

Shapes: B rows, T steps.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from steepness.domains.text.models import MODELS

VOCABULARY, ROWS, STEPS = 97, 64, 64
SIZES = {"lstm-2": 128, "lstm-4": 96, "rhn-5": 144, "rhn-10": 112, "transformer": 72}
"""Widths that give each model about 0.3 million parameters."""


@pytest.mark.parametrize("name", SIZES)
def test_step(name: str, benchmark: Any) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = MODELS[name](vocabulary=VOCABULARY, size=SIZES[name])
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    inputs_BT, targets_BT = torch.randint(0, VOCABULARY, (2, ROWS, STEPS))

    def step() -> None:
        logits_BTV, _ = model(inputs_BT, None)
        loss = F.cross_entropy(logits_BTV.flatten(0, 1), targets_BT.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    benchmark.pedantic(step, rounds=10, warmup_rounds=2)
    benchmark.extra_info["parameters"] = sum(p.numel() for p in model.parameters())
    benchmark.extra_info["characters_per_second"] = round(ROWS * STEPS / benchmark.stats.stats.median)
