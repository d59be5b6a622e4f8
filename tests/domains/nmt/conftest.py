"""A made-up pair of languages, labelled as such: French numbers, and the English ones in reverse order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from steepness.data.artefacts import Cache
from steepness.domains.nmt.data import Translations
from steepness.domains.nmt.domain import NMT, NMTOptions
from steepness.domains.nmt.sources import Pair

FRENCH = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf")
ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def made_up_pairs(count: int, seed: int = 0) -> list[Pair]:
    """Distinct "trois un quatre" -> "four one three" pairs of 1 to 12 words, as synthetic text."""
    draw = np.random.default_rng(seed)
    pairs: dict[str, str] = {}
    while len(pairs) < count:
        digits = draw.integers(0, 10, draw.integers(1, 13))
        pairs[" ".join(FRENCH[i] for i in digits)] = " ".join(ENGLISH[i] for i in reversed(digits))
    return list(pairs.items())


def write_tsv(path: Path, pairs: list[Pair]) -> Path:
    path.write_text("".join(f"{source}\t{target}\n" for source, target in pairs), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("cache"), offline=True)


@pytest.fixture(scope="session")
def domain() -> NMT:
    return NMT(NMTOptions(vocabulary=40, held_out=60, translations=20, longest=30))


@pytest.fixture(scope="session")
def data(domain: NMT, cache: Cache, tmp_path_factory: pytest.TempPathFactory) -> Translations:
    path = write_tsv(tmp_path_factory.mktemp("text") / "numbers.tsv", made_up_pairs(800))
    return domain.load(f"tsv:{path}", cache)
