"""A small English-like text: real words, made-up sentences (synthetic, labelled as such by its name)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from steepness.data.artefacts import Cache

SUBJECTS = ["the river", "a ship", "the old town", "her brother", "no army", "the king"]
VERBS = ["reached", "left", "crossed", "saw", "did not want", "burnt"]
OBJECTS = ["the sea", "a bridge", "the harbour", "its own past", "the northern road", "London"]


def synthetic_paragraphs(count: int, seed: int = 0) -> list[str]:
    """Distinct paragraphs of two to six made-up sentences."""
    draw = random.Random(seed)
    parts = (SUBJECTS, VERBS, OBJECTS)
    return [
        f"In {year}, "
        + " ".join(" ".join(draw.choice(part) for part in parts) + "." for _ in range(draw.randint(2, 6)))
        for year in range(1000, 1000 + count)
    ]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", offline=True)


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text("\n\n".join(synthetic_paragraphs(600)), encoding="utf-8")
    return path
