"""Whatever a user brings, damaged in whatever way: it is read, or refused in one line with exit code 2."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from steepness.cli.app import app
from steepness.study.ledger import Ledger
from tests.domains.inputs import write_classes, write_pairs, write_text, write_tones

SMALL = {
    "char_lm": {}, "word_lm": {}, "nmt": {"vocabulary": 300, "held_out": 50}, "speech": {"mels": 20},
    "image": {"image_size": 12, "test_images": 0, "validation_images": 0},
}  # fmt: skip
"""Options under which the inputs suffice."""
ODD = [
    b"",
    b"\n",
    b"\0" * 40,
    b"\xff\xfe\x00",
    b"\xed\xa0\x80",
    b'"',
    b"\t\t\t",
    b"{" * 30,
    b"[" * 5000,
    "\u2028".encode(),
]


def truncated(draw: random.Random, content: bytes) -> bytes:
    return content[: draw.randrange(len(content) + 1)]


def overwritten(draw: random.Random, content: bytes) -> bytes:
    at = draw.randrange(max(len(content) - 40, 1))
    return content[:at] + bytes(draw.randrange(256) for _ in range(40)) + content[at + 40 :]


def spliced(draw: random.Random, content: bytes) -> bytes:
    at = draw.randrange(len(content) + 1)
    return content[:at] + draw.choice(ODD) + content[at:]


def replaced(draw: random.Random, content: bytes) -> bytes:
    return draw.choice(ODD)


def shuffled(draw: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(draw.sample(lines, len(lines) // 3))


def without_columns(draw: random.Random, content: bytes) -> bytes:
    mark = draw.choice([b"\t", b" ", b",", b"\n"])
    return content.replace(mark, b"")


HARMS: list[Callable[[random.Random, bytes], bytes]] = [
    truncated, overwritten, spliced, replaced, shuffled, without_columns,
]  # fmt: skip


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound input of every form."""
    root = tmp_path_factory.mktemp("sound")
    for name in ("stray.txt", "data.jsonl"):
        write_text(root, name)
    write_pairs(root, "export")
    write_classes(root / "images", {"cat": 12, "dog": 12})
    write_tones(root / "speech")
    return root


Plan = Callable[..., str]


def ask(command: str, domain: str, dataset: str, *more: str) -> str:
    """The one line with which a command refuses a data set, exit code 2; empty if it does what it was asked for."""
    settings = [f"options.{name}={value}" for name, value in SMALL[domain].items()]
    settings += [f"dataset={dataset}", "shards.start=10", "shards.count=1"]
    words = [
        command,
        domain,
        "--preset",
        "smoke",
        "--offline",
        *(w for s in settings for w in ("--set", s)),
        *more,
    ]
    ran = CliRunner().invoke(app, words)
    if ran.exit_code == 0:
        assert " to train on" in ran.output
        return ""
    assert ran.exit_code == 2, ran.output
    (said,) = (line for line in ran.output.strip().splitlines() if not line.endswith(" to go"))
    assert said.startswith("error: ")
    return said


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """What `steepness plan` says against a data set, all of which it reads; it measures no speed, for speed."""
    monkeypatch.setenv("STEEPNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("steepness.study.run.prices_of", lambda *_: Ledger(speed=1.0, prices=()))
    return lambda domain, dataset, *more: ask("plan", domain, dataset, *more)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("domain", "kind", "name"),
    [
        ("char_lm", "text:", "stray.txt"), ("word_lm", "text:", "data.jsonl"), ("nmt", "tsv:", "export.tsv"),
        ("speech", "manifest:", "speech/m.tsv"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_planned_with_or_refused_in_a_line(
    domain: str, kind: str, name: str, seed: int, inputs: Path, tmp_path: Path, plan: Plan
) -> None:
    draw, path = random.Random(f"{domain} {seed}"), tmp_path / Path(name).name
    path.write_bytes(HARMS[seed % len(HARMS)](draw, (inputs / name).read_bytes()))
    if domain == "speech":
        for sound in (inputs / "speech").glob("*.wav"):
            (tmp_path / sound.name).symlink_to(sound)
    plan(domain, f"{kind}{path}")


@pytest.mark.parametrize(
    ("domain", "kind", "name", "content"),
    [
        ("word_lm", "text:", "x.jsonl", "[" * 5000), ("char_lm", "text:", "x.txt", "{" + "[" * 5000),
        ("speech", "manifest:", "m.jsonl", "[" * 5000), ("speech", "manifest:", "m.tsv", "audio\ttext\n" + "[" * 5000),
        ("speech", "manifest:", "m.tsv", f"audio\ttext\n{'[' * 5000}\tone\n" * 2),
        ("nmt", "tsv:", "x.tsv", "\t" * 5000),
    ],
)  # fmt: skip
def test_what_long_fuzzing_found(
    domain: str, kind: str, name: str, content: str, tmp_path: Path, plan: Plan
) -> None:
    (tmp_path / name).write_text(content)
    assert plan(domain, f"{kind}{tmp_path / name}")


def _manifest(inputs: Path, line: str, head: str = "") -> bytes:
    rows = [line.format(*row.split("\t")) for row in (inputs / "speech/m.tsv").read_text().splitlines()[1:]]
    return "\n".join([head, *rows] if head else rows).encode()


def _pairs(inputs: Path, column: int) -> bytes:
    lines = (inputs / "export.tsv").read_text().splitlines()
    return "\n".join(line.split("\t")[column] for line in lines).encode()


def _parquet(inputs: Path) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.table({"text": (inputs / "stray.txt").read_text().splitlines()}), sink)
    return sink.getvalue()


def _zstd(content: bytes) -> bytes:
    return pa.Codec("zstd").compress(content, asbytes=True)  # type: ignore[no-any-return]


FORMS: dict[str, tuple[str, str, Callable[[Path], bytes]]] = {
    "x.txt.gz": ("char_lm", "text:{}", lambda at: gzip.compress((at / "stray.txt").read_bytes())),
    "x.jsonl.zst": ("word_lm", "text:{}", lambda at: _zstd((at / "data.jsonl").read_bytes())),
    "x.parquet": ("char_lm", "text:{}", _parquet),
    "x.source": ("nmt", "lines:{0},{0}.target", lambda at: _pairs(at, 1)),
    "x.tsv.xz": ("nmt", "tsv:{}", lambda at: lzma.compress((at / "export.tsv").read_bytes())),
    "x.csv": ("speech", "manifest:{}", lambda at: _manifest(at, '{0},9,"{1}"', "wav_filename,wav_filesize,transcript")),
    "x.jsonl": ("speech", "manifest:{}", lambda at: _manifest(at, '{{"audio_filepath": "{0}", "text": "{1}"}}')),
    "x.trans.txt": ("speech", "manifest:{}", lambda at: _manifest(at, "{0} {1}")),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", list(FORMS))
def test_every_other_form_damaged_is_planned_with_or_refused_in_a_line(
    name: str, seed: int, inputs: Path, tmp_path: Path, plan: Plan
) -> None:
    domain, dataset, content = FORMS[name]
    harm = HARMS[(seed + len(name)) % len(HARMS)]
    (tmp_path / name).write_bytes(harm(random.Random(f"{name} {seed}"), content(inputs)))
    (tmp_path / f"{name}.target").write_bytes(_pairs(inputs, 3))
    for sound in (inputs / "speech").glob("*.wav"):
        (tmp_path / sound.name).symlink_to(sound)
    plan(domain, dataset.format(tmp_path / name))


@pytest.mark.parametrize("name", list(FORMS))
def test_every_other_form_is_planned_with_where_it_is_sound(
    name: str, inputs: Path, tmp_path: Path, plan: Plan
) -> None:
    domain, dataset, content = FORMS[name]
    (tmp_path / name).write_bytes(content(inputs))
    (tmp_path / f"{name}.target").write_bytes(_pairs(inputs, 3))
    for sound in (inputs / "speech").glob("*.wav"):
        (tmp_path / sound.name).symlink_to(sound)
    assert plan(domain, dataset.format(tmp_path / name)) == ""


@pytest.mark.parametrize(
    ("domain", "dataset", "also"),
    [
        ("char_lm", "text:{}/stray.txt", "text:{}/cut.parquet"), ("word_lm", "text:{}/stray.txt", "text:{}/no*.txt"),
        ("nmt", "tsv:{}/export.tsv", "tsv:{}/cut.parquet"), ("nmt", "tsv:{}/export.tsv", "lines:{}/export.tsv"),
        ("image", "folder:{}/images", "folder:{}/images/cat"), ("image", "folder:{}/images", "corrupted:rain"),
        ("speech", "manifest:{}/speech/m.tsv", "manifest:{}/cut.parquet"),
        ("speech", "manifest:{}/speech/m.tsv", "manifest:{}/stray.txt"),
    ],
)  # fmt: skip
def test_another_set_that_cannot_be_read_is_refused_by_the_command_in_one_line(
    domain: str, dataset: str, also: str, inputs: Path, plan: Plan
) -> None:
    (inputs / "cut.parquet").write_bytes(b"PAR1\xff\xff")
    assert plan(domain, dataset.format(inputs), "--also", also.format(inputs))


@pytest.mark.parametrize("seed", range(3))
def test_damaged_images_and_sounds_are_left_out(seed: int, inputs: Path, tmp_path: Path, plan: Plan) -> None:
    draw = random.Random(seed)
    for name in ("images", "speech"):
        shutil.copytree(inputs / name, tmp_path / name)
        for file in draw.sample(sorted((tmp_path / name).rglob("*.[pw]*")), 4):
            file.write_bytes(draw.choice(HARMS[:4])(draw, file.read_bytes()))
    for domain, dataset in (
        ("image", f"folder:{tmp_path}/images"),
        ("speech", f"manifest:{tmp_path}/speech/m.tsv"),
    ):
        assert plan(domain, dataset) == ""


@pytest.mark.parametrize("domain", list(SMALL))
@pytest.mark.parametrize(
    "dataset", ["", ":", "text:", "tsv:", "folder:", "manifest:", "nonsense", "text:\0", "lines:a"]
)
def test_a_name_that_means_nothing_is_refused_with_what_to_give(
    domain: str, dataset: str, plan: Plan
) -> None:
    assert plan(domain, dataset)


@pytest.mark.parametrize("domain", list(SMALL))
@pytest.mark.parametrize("wrong", ["a folder", "a file that is not there"])
def test_a_folder_for_a_file_and_the_other_way_round(
    domain: str, wrong: str, tmp_path: Path, plan: Plan
) -> None:
    kinds = {"char_lm": "text", "word_lm": "text", "nmt": "tsv", "image": "folder", "speech": "manifest"}
    path = tmp_path if wrong == "a folder" else tmp_path / "nowhere"
    assert plan(domain, f"{kinds[domain]}:{path}")


@pytest.mark.parametrize(
    ("domain", "dataset"),
    [
        ("char_lm", "text:{}/table.parquet"), ("word_lm", "text:{}/nowhere*.txt"), ("nmt", "tsv:{}/nowhere.tsv"),
        ("image", "folder:{}"), ("speech", "manifest:{}/table.parquet"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["plan", "run", "check"])
def test_the_command_says_it_in_one_line_and_exits_with_2(
    command: str, domain: str, dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STEEPNESS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "table.parquet").write_bytes(b"PAR1\xff\xff")
    ran = CliRunner().invoke(
        app,
        [command, domain, "--preset", "smoke", "--offline", "--set", f"dataset={dataset.format(tmp_path)}"],
    )
    assert ran.exit_code == 2, ran.output
    assert ran.output.startswith("error: ")
    assert len(ran.output.strip().splitlines()) == 1
    assert not (tmp_path / "results").exists()
