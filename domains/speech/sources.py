"""Where speech comes from: a game's data file, LibriSpeech's folders, or a user's manifest."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from steepness.data.artefacts import Artefact, Cache, DebianPackage
from steepness.data.preparing import content_of
from steepness.domain import PARTS, TEST, TRAIN, VALIDATION
from steepness.domains.speech.manifests import read_manifest
from steepness.domains.speech.queen import read_queen
from steepness.domains.speech.recordings import Recording

QUEEN = Artefact(
    name="queen.1c",
    sha256="cc91960d133fcd4173eda4bac304e80d2bbdbaa085640287ab9e0507bd603f67",
    size=54_108_887,
    licence="Flight of the Amazon Queen, (C) John Passfield and Steven Stamatiadis: free to use and pass on, "
    "not to sell, with its notices (domains/speech/README.md)",
    sources=(
        DebianPackage(
            "flight-of-the-amazon-queen", ("usr/share/scummvm/flight-of-the-amazon-queen/queen.1c",)
        ),
    ),
)

_LIBRISPEECH_SPLITS = {
    "train-clean-100": TRAIN,
    "train-clean-360": TRAIN,
    "train-other-500": TRAIN,
    "dev-clean": VALIDATION,
    "test-clean": TEST,
}


@dataclass(frozen=True)
class Source:
    """A data set's recordings, and what they depend on.

    Args:
        identity: names the content cheaply and is the same on every machine.
        recordings: reads them; called only where they have not been prepared yet.
        notes: what a reader should know.
    """

    identity: str
    recordings: Callable[[], Sequence[Recording]]
    notes: Sequence[str] = ()


def find_speech(dataset: str, cache: Cache) -> Source:
    """The recordings of a data set.

    Args:
        dataset: "amazon-queen"; "librispeech:FOLDER", the folder LibriSpeech's archives unpack to;
            "manifest:FILE", a table of audio files and their texts, see `read_manifest`.
    Raises:
        ValueError: unknown data set, or a folder or manifest that cannot be read, naming the remedy.
    """
    kind, _, where = dataset.partition(":")
    if kind not in _KINDS or bool(where) == (kind == "amazon-queen"):
        raise ValueError(
            f'unknown data set "{dataset}"; give "amazon-queen", "librispeech:/path/to/LibriSpeech" or '
            '"manifest:/path/to/manifest.tsv"'
        )
    return _KINDS[kind](where, cache)


def _amazon_queen(_: str, cache: Cache) -> Source:
    note = f"recorded dialogue of the game {QUEEN.licence}"
    return Source(QUEEN.sha256, lambda: read_queen(cache.get(QUEEN).read_bytes()), [note])


def _librispeech(where: str, cache: Cache) -> Source:
    """Panayotov et al. 2015; speaker/chapter/*.flac with the chapter's texts in speaker-chapter.trans.txt."""
    folder = Path(where).expanduser()
    recordings = [
        recording
        for subset, split in _LIBRISPEECH_SPLITS.items()
        for table in sorted(folder.glob(f"{subset}/*/*/*.trans.txt"))
        for recording in _chapter(table, split)
    ]
    if {recording.split for recording in recordings} != set(PARTS):
        raise ValueError(
            f"{folder}: no LibriSpeech with train-*, dev-clean and test-clean; give the unpacked LibriSpeech/ "
            "folder that holds them"
        )
    return Source(_identity(recordings, cache.root), lambda: recordings, ["LibriSpeech, CC BY 4.0"])


def _chapter(table: Path, split: str) -> list[Recording]:
    lines = (line.partition(" ") for line in table.read_text(encoding="utf-8").splitlines() if line.strip())
    speaker = table.parent.parent.name
    return [
        Recording(name=name, text=text, audio=table.with_name(f"{name}.flac"), speaker=speaker, split=split)
        for name, _, text in lines
    ]


def _manifest(where: str, cache: Cache) -> Source:
    """A user's table, see `read_manifest`."""
    file = Path(where).expanduser()
    recordings = read_manifest(file)
    notes = [f"{len(recordings):,} lines of {file.name}"]
    return Source(_identity(recordings, cache.root), lambda: recordings, notes)


def _identity(recordings: Sequence[Recording], root: Path) -> str:
    """Hash of names, texts and sounds: not of paths or times, which differ between machines."""
    audio = [r.audio for r in recordings if isinstance(r.audio, Path)]
    files = dict.fromkeys(path for path in audio if os.path.isfile(path))
    facts = [[r.name, r.text, r.speaker, r.split, r.audio in files] for r in recordings]
    return hashlib.sha256(json.dumps([facts, content_of(root, list(files))]).encode()).hexdigest()


_KINDS: dict[str, Callable[[str, Cache], Source]] = {
    "amazon-queen": _amazon_queen,
    "librispeech": _librispeech,
    "manifest": _manifest,
}
