"""What a folder of results holds: studies, comparisons, nights; and the exponents that stand for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steepness.compare.contrast import Contrast
from steepness.compare.stored import STORED, load_comparison
from steepness.study import Study, load_study
from steepness.study.curves import Curve
from steepness.study.manifest import MANIFEST


@dataclass(frozen=True)
class Compared:
    """A comparison, answered again from the records of its arms.

    Attributes:
        name: of its folder.
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
            first = study.manifest.metrics[0].name
            yield from ((study, c) for c in study.curves if c.best_fit and c.fit and c.metric == first)

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
    comparisons = [
        Compared(path.parents[1].name, load_comparison(path.parent))
        for path in sorted(source.glob(f"*/*/{STORED}"))
    ]
    if not studies and not comparisons:
        raise ValueError(f"no study below {source}: give a folder of folders that `steepness run` wrote")
    return Catalogue(tuple(studies), tuple(comparisons))
