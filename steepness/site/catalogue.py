"""What a folder of results holds: studies, comparisons, nights; and the exponents that stand for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from steepness.compare.answer import VERSUS
from steepness.compare.contrast import Contrast
from steepness.compare.stored import STORED, load_comparison
from steepness.study import Study, load_study
from steepness.study.curves import Curve
from steepness.study.manifest import MANIFEST


@dataclass(frozen=True)
class Compared:
    """A comparison, answered again from the records of its arms.

    Attributes:
        name: of the folder that its arms share, and of the candidate: what its page goes by.
    """

    name: str
    contrast: Contrast

    @property
    def command(self) -> str:
        """What to type to make it again."""
        return self.contrast.candidate.study.manifest.command


@dataclass(frozen=True)
class Catalogue:
    """Everything below one folder, by name."""

    studies: tuple[Study, ...]
    comparisons: tuple[Compared, ...]

    def quoted(self) -> Iterator[tuple[Study, Curve]]:
        """The best-fit curves of each study's first metric that were fitted, whose exponents are quoted."""
        for study in self.studies:
            yield from ((study, c) for c in study.headline if c.fit)

    def fitted(self) -> Iterator[tuple[Study, Curve]]:
        """The best-fit curves of every metric that were fitted."""
        for study in self.studies:
            yield from ((study, c) for c in study.curves if c.best_fit and c.fit)


def read_catalogue(source: Path) -> Catalogue:
    """Read every study and comparison directly below a folder.

    Raises:
        ValueError: nothing there, or a record in it is damaged.
    """
    studies = [load_study(path.parent) for path in sorted(source.glob(f"*/{MANIFEST}"))]
    folders = [path.parent for path in sorted(source.glob(f"*/*/{STORED}"))]
    comparisons = [
        Compared(name, load_comparison(folder)) for name, folder in zip(names(folders), folders, strict=True)
    ]
    if not studies and not comparisons:
        raise ValueError(f"no study below {source}: give a folder of folders that `steepness run` wrote")
    return Catalogue(tuple(studies), tuple(comparisons))


def names(folders: Sequence[Path]) -> list[str]:
    """What comparisons go by, each another: the candidate's model is enough, unless it stands there with several
    settings, or against several baselines."""
    pairs = [folder.name for folder in folders]
    candidates = [pair.rpartition(VERSUS)[2] for pair in pairs]
    models = [re.sub("-[0-9a-f]{8}$", "", candidate) for candidate in candidates]
    levels = [
        [f"{folder.parent.name}-{end}" for folder, end in zip(folders, ends, strict=True)]
        for ends in (models, candidates, pairs)
    ]
    return [next(level[i] for level in levels if level.count(level[i]) == 1) for i in range(len(folders))]
