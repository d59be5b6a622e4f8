"""Which files of a folder are images, of which class and which split."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torchvision.datasets.folder import IMG_EXTENSIONS

from steepness.data.artefacts import Cache
from steepness.data.preparing import content_of
from steepness.domains.image.pool import IN_TEST, IN_TRAIN, IN_VALIDATION

READ = frozenset((*IMG_EXTENSIONS, ".gif", ".jfif", ".jpe", ".jp2"))
SPLIT_NAMES = {
    "train": IN_TRAIN, "training": IN_TRAIN, "val": IN_VALIDATION, "valid": IN_VALIDATION, "validation": IN_VALIDATION,
    "dev": IN_VALIDATION, "test": IN_TEST, "testing": IN_TEST,
}  # fmt: skip
_SHOWN = 5


@dataclass(kw_only=True, frozen=True)
class Listing:
    """The image files under a folder.

    Args:
        root: the folder.
        classes: names, ascending; a label is an index into them.
        paths: of the files.
        labels: class of each file.
        splits: IN_TRAIN, IN_VALIDATION or IN_TEST of each file.
        skipped: other files beside them, by their extension.
    """

    root: Path
    classes: list[str]
    paths: list[str]
    labels: list[int]
    splits: list[int]
    skipped: Mapping[str, int] = field(default_factory=dict)

    def identity(self, cache: Cache) -> str:
        """Of the layout and the files' bytes, wherever they are."""
        names = [str(Path(path).relative_to(self.root)) for path in self.paths]
        content = content_of(cache.root, [Path(path) for path in self.paths])
        return json.dumps([self.classes, self.labels, self.splits, names, content])

    def skipped_in_words(self) -> list[str]:
        """How many files are no images that are read, by extension."""
        if not self.skipped:
            return []
        return [
            f"{sum(self.skipped.values()):,} other files beside the images are skipped: {_kinds(self.skipped)}"
        ]

    def check_classes(self, labels: Sequence[int], splits: Sequence[int], why: str = "") -> None:
        """Every class must be in every split.

        Raises:
            ValueError: one is not, naming it.
        """
        present = set(zip(splits, labels, strict=True))
        for split in sorted(set(self.splits) | {IN_TRAIN}):
            for label, name in enumerate(self.classes):
                if (split, label) not in present:
                    where = ("train", "val", "test")[split]
                    raise ValueError(
                        f'{self.root}: class "{name}" has no readable image for {where}{why}; '
                        "add images or remove its directory"
                    )


def list_images(root: Path) -> Listing:
    """Finds out the layout and lists the files.

    Args:
        root: either `train/CLASS/*` with `val/CLASS/*` and perhaps `test/CLASS/*` (also as Training, valid, Testing,
            ...), where `val` is the test set if there is no `test` (ImageNet's test labels are not public); or
            `CLASS/*`, to be split by us. A folder that holds images itself is a class, whatever it is called.
    Raises:
        ValueError: no such layout, one class only, a class without images, or one that is not in every split.
    """
    named = {f: SPLIT_NAMES[f.name.lower()] for f in _folders(root) if f.name.lower() in SPLIT_NAMES}
    named = {
        folder: split for folder, split in named.items() if _folders(folder) and not _holds_images(folder)
    }
    if IN_TRAIN not in named.values():
        return _list_splits(root, {root: IN_TRAIN})
    if others := [f.name for f in _folders(root) if f not in named and any(_images(f, Counter()))]:
        raise ValueError(
            f"{root}: beside its splits {', '.join(f.name for f in named)} there are {', '.join(others[:_SHOWN])}, "
            "with images; is it a class or a split? Move it"
        )
    if len(named) == 1:
        (train,) = named
        raise ValueError(
            f"{root}: it has {train.name}/ but neither val/ nor test/; add one, with the same classes"
        )
    if IN_TEST not in named.values():
        named = {folder: IN_TRAIN if split == IN_TRAIN else IN_TEST for folder, split in named.items()}
    return _list_splits(root, dict(sorted(named.items(), key=lambda item: item[1])))


def _list_splits(root: Path, folders: Mapping[Path, int]) -> Listing:
    classes: list[str] = []
    rows: list[tuple[Any, Any, Any]] = []
    skipped: Counter[str] = Counter()
    for folder, split in folders.items():
        found = [f.name for f in _folders(folder)]
        classes = classes or found
        _check_names(folder, classes, found)
        for label, name in enumerate(classes):
            rows += [(path, label, split) for path in _images(folder / name, skipped)]
    if not rows:
        raise ValueError(
            f"{root}: {', '.join(classes[:_SHOWN])} hold no image that is read ({_kinds(skipped)})"
        )
    paths, labels, splits = (list(column) for column in zip(*rows, strict=True))
    listing = Listing(root=root, classes=classes, paths=paths, labels=labels, splits=splits, skipped=skipped)
    listing.check_classes(listing.labels, listing.splits)
    return listing


def _check_names(folder: Path, classes: Sequence[str], names: Sequence[str]) -> None:
    if not names:
        raise ValueError(
            f"{folder}: no class directories here; give a folder that holds CLASS/*.jpg, "
            "or train/CLASS/*.jpg and val/CLASS/*.jpg"
        )
    if differing := sorted(set(classes) ^ set(names)):
        names = ", ".join(differing[:_SHOWN])
        raise ValueError(f"{folder}: class {names} is here or in train/ but not in both; add or remove it")
    if len(names) == 1:
        inner = [f.name for f in _folders(folder / names[0])]
        hint = (
            f"it holds {', '.join(inner[:_SHOWN])}: give folder:{folder / names[0]}"
            if inner
            else "add another"
        )
        raise ValueError(f'{folder}: one class only, "{names[0]}", so there is nothing to tell apart; {hint}')


def _kinds(skipped: Mapping[str, int]) -> str:
    return ", ".join(f"{suffix} ({count:,})" for suffix, count in sorted(skipped.items())) or "they are empty"


def _folders(folder: Path) -> list[Path]:
    """Its folders by name; hidden ones and those that archives leave are none."""
    if not folder.is_dir():
        return []
    return sorted(f for f in folder.iterdir() if f.is_dir() and not f.name.startswith((".", "__MACOSX")))


def _holds_images(folder: Path) -> bool:
    return any(path.suffix.lower() in READ for path in folder.iterdir() if path.is_file())


def _images(folder: Path, skipped: Counter[str]) -> Iterator[str]:
    """Image files at any depth, in torchvision's order; what is none is counted by extension."""
    for parent, _, names in sorted(os.walk(folder, followlinks=True)):
        for name in sorted(name for name in names if not name.startswith(".")):
            suffix = Path(name).suffix.lower()
            if suffix in READ:
                yield os.path.join(parent, name)
            else:
                skipped[suffix or "no extension"] += 1
