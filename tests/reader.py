"""A reader's working directory: every file that README and the documentation's commands name, small."""

from __future__ import annotations

import math
import random
import shutil
import wave
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
PROSE = ("LICENSE", "CONTRIBUTING.md", "README.md", "CHANGELOG.md")  # real English text that is always here


def furnish(folder: Path) -> None:
    """Put it all there."""
    shutil.copytree(ROOT / "docs" / "tutorial", folder, dirs_exist_ok=True)
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples", dirs_exist_ok=True)
    shutil.copy(ROOT / "docs" / "examples" / "my_lm.py", folder)
    tables(folder)
    for make in (text, images, pairs, recordings, rows):
        make(folder)


def tables(folder: Path) -> None:
    """Curves, right and wrong ones, and runs of three models."""
    m = [1000 * 2**i for i in range(9)]
    for name, errors in {
        "curve": [3 * x**-0.25 for x in m], "rising": [1 - 3 * x**-0.25 for x in m],
        "hole": [*(3 * x**-0.25 for x in m[:4]), "n/a?"], "two": [0.5, 0.4],
    }.items():  # fmt: skip
        lines = "".join(f"{x},{error}\n" for x, error in zip(m, errors, strict=False))
        (folder / f"{name}.csv").write_text("m,error\n" + lines)
    runs = [
        f"{x},{1 - k * x**-0.25},{name},{n},{x * 1e6},{1.7 + 400 / n**0.34 + 410 / (x * 1e6) ** 0.28}"
        for x in m for k, name, n in ((3, "small", 2e7), (2.5, "middle", 1e8), (2, "large", 1e9))
    ]  # fmt: skip
    head = "train_size,test_acc,model,params,tokens,val_loss"
    (folder / "runs.csv").write_text("\n".join([head, *runs]) + "\n")
    epochs = [f"{x},{epoch},{3 * x**-0.25 * (1 + abs(epoch - 3) / 10)}" for x in m for epoch in range(1, 6)]
    (folder / "sweep.csv").write_text("\n".join(["train_size,epoch,val_error", *epochs]) + "\n")


def text(folder: Path) -> None:
    """English prose, enough for the smoke presets' shards."""
    draw, words = random.Random(0), " ".join((ROOT / name).read_text() for name in PROSE).split()
    corpus = folder / "corpus"
    corpus.mkdir()
    for name, paragraphs in (("first", 1500), ("second", 200)):
        starts = (draw.randrange(len(words) - 60) for _ in range(paragraphs))
        (corpus / f"{name}.txt").write_text("\n\n".join(" ".join(words[i : i + 40]) for i in starts) + "\n")


def images(folder: Path) -> None:
    """Two classes of noise around two colours."""
    draw = np.random.default_rng(0)
    for label, colour in (("dark", 60), ("light", 190)):
        place = folder / "images" / label
        place.mkdir(parents=True)
        for i in range(250):
            pixels_HWC = np.clip(draw.normal(colour, 30, (32, 32, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels_HWC).save(place / f"{i}.png")


def pairs(folder: Path) -> None:
    """Sentences and the same ones word by word in another language, made up."""
    draw = random.Random(0)
    words = ["".join(draw.choices("abcdefghijklmnoprstu", k=draw.randrange(3, 9))) for _ in range(2000)]
    source = [" ".join(draw.choices(words, k=draw.randrange(3, 9))) for _ in range(6000)]
    target = [sentence[::-1] for sentence in source]
    (folder / "source.txt").write_text("\n".join(source) + "\n")
    (folder / "target.txt").write_text("\n".join(target) + "\n")
    (folder / "pairs.tsv").write_text("".join(f"{s}\t{t}\n" for s, t in zip(source, target, strict=True)))


def recordings(folder: Path) -> None:
    """Tones in place of letters."""
    draw, lines = random.Random(0), ["audio\ttext"]
    (folder / "sounds").mkdir()
    for i in range(600):
        spoken = "".join(draw.choices("abcdefgh ", k=8)).strip() or "a"
        samples = [
            int(9000 * math.sin(2 * math.pi * 200 * (1 + "abcdefgh ".index(c)) * t / 8000))
            for c in spoken for t in range(900)
        ]  # fmt: skip
        with wave.open(str(folder / "sounds" / f"{i}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(np.array(samples, dtype="<i2").tobytes())
        lines.append(f"sounds/{i}.wav\t{spoken}")
    (folder / "recordings.tsv").write_text("\n".join(lines) + "\n")


def rows(folder: Path) -> None:
    """The table that docs/own-domain.md makes."""
    draw = np.random.default_rng(0)
    label = draw.integers(0, 4, 3000)
    table = np.column_stack([draw.normal(size=(3000, 6)) + np.eye(4, 6)[label], label])
    np.savetxt(folder / "table.csv", table, delimiter=",", fmt="%.4f")
