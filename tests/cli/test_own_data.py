"""`plan` and `run` say first what there is to train on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from steepness.cli.app import app
from tests.domains.inputs import write_classes, write_pairs, write_text, write_tones


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STEEPNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("steepness.training.speed.CALIBRATION_SECONDS", 0.0)


def ask(*words: str) -> str:
    ran = CliRunner().invoke(
        app, [*words, "--preset", "smoke", "--offline", "--device", "cpu", "--workers", "1"]
    )
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_a_text_is_described_before_its_cost(tmp_path: Path) -> None:
    path = write_text(tmp_path, "cyrillic.txt")
    words = ("plan", "char_lm", "--set", f"dataset=text:{path}", "--set", "options.alphabet=100")
    said = ask(*words).splitlines()
    kinds = ["characters to train on", "validation: ", "entries in the vocabulary", "example: ", "In all "]
    places = [next(i for i, line in enumerate(said) if kind in line) for kind in kinds]
    assert places == sorted(places)
    assert sum(line.startswith("example: ") for line in said) == 3
    told = json.loads(ask(*words, "--json"))["data"]
    assert told["train_units"] > 50_000
    assert len(told["examples"]) == 3


def test_pairs_are_described_before_their_cost(tmp_path: Path) -> None:
    settings = (
        f"dataset=tsv:{write_pairs(tmp_path, 'export')}",
        "options.vocabulary=300",
        "options.held_out=50",
    )
    said = ask("plan", "nmt", *(word for s in settings for word in ("--set", s)), "--set", "shards.start=200")
    kinds = [
        "tokens to train on",
        "validation: 50 pairs",
        "1,500 sentence pairs read; removed: 0",
        "example: ",
        "In all ",
    ]
    places = [said.index(kind) for kind in kinds]
    assert places == sorted(places)
    assert said.count("example: ") == 3


def test_recordings_are_described_before_their_cost(tmp_path: Path) -> None:
    write_tones(tmp_path)
    (tmp_path / "007.wav").write_bytes(b"no sound")
    said = ask(
        "plan", "speech", "--set", f"dataset=manifest:{tmp_path / 'm.tsv'}", "--set", "shards.start=20"
    )
    kinds = ["seconds to train on", "validation: ", "1 left out, ", "007.wav", "example: ", "In all "]
    places = [said.index(kind) for kind in kinds]
    assert places == sorted(places)
    assert said.count("example: ") == 3


def test_classes_what_is_left_out_and_doubts_are_said(tmp_path: Path) -> None:
    root = write_classes(tmp_path / "images", {"cat": 90, "dog": 12}, edge=32)
    (root / "cat" / "notes.txt").touch()
    said = ask(
        "plan", "image", "--set", f"dataset=folder:{root}", "--set", "options={image_size=32}",
        "--set", "shards.start=8", "--set", "shards.count=2",
    )  # fmt: skip
    assert "2 classes, images to train on: cat " in said
    assert "1 other files beside the images are skipped: .txt (1)" in said
    assert "doubt: Classes run out along the curve: dog (" in said
