"""What is particular to characters, on a small made-up text (synthetic)."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from steepness.data.artefacts import Cache
from steepness.domain import get_domain
from tests.domains.text.conftest import synthetic_paragraphs


def test_errors_come_in_nats_and_bits(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_text("\n".join(synthetic_paragraphs(300)))
    domain = get_domain("char_lm", {"monitor_units": 500})
    data = domain.load(f"text:{path}", Cache(tmp_path / "cache", offline=True))
    model = domain.build("rhn-10", 16, data).eval()
    with torch.inference_mode():
        error = domain.evaluate(model, data, "validation")
        samples = domain.exhibit(model, data)["samples"]
    assert error["cross_entropy_nats"] == pytest.approx(math.log(97), abs=0.3)
    assert error["bits_per_character"] == pytest.approx(error["cross_entropy_nats"] / math.log(2))
    assert error["bits_per_character_se"] == pytest.approx(error["cross_entropy_nats_se"] / math.log(2))
    assert set(data.chance) == {metric.name for metric in domain.metrics}
    assert all(len(sample["input"]) == 60 for sample in samples)
