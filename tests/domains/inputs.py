"""Inputs as people bring them, made up: the smallest file or folder for each kind of fault that was reported."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

SENTENCE = "the cat sat on a mat and saw the dog run over old green hills while we all sang of days long gone"
CYRILLIC = str.maketrans("abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщ")
HAN = str.maketrans({c: chr(0x4E00 + 37 * i) for i, c in enumerate("abcdefghijklmnopqrstuvwxyz")})


def lines(count: int = 3000) -> list[str]:
    """Distinct sentences of eight words."""
    draw, words = np.random.default_rng(0), SENTENCE.split()
    return [
        " ".join(draw.choice(words, 8)) + f" {'abcdefghij'[i % 10] * (1 + i // 10 % 7)}."
        for i in range(count)
    ]


def write_text(folder: Path, name: str) -> Path:
    """One of the text files below, in `folder`."""
    made, path = lines(), folder / name
    text = {
        "stray.txt": "\n".join(made[:1500]) + "\n\n" + "\n".join(made[1500:]) + "\n",
        "oneline.txt": " ".join(made),
        "cyrillic.txt": "\n".join(line.translate(CYRILLIC) for line in made),
        "han.txt": "\n".join(line.replace(" ", "").translate(HAN) for line in made),
        "data.jsonl": "\n".join(json.dumps({"id": i, "text": line}) for i, line in enumerate(made)),
        "wikitext.txt": "\n".join(line.replace("cat", "<unk>").replace("dog", "3 @,@ 000") for line in made),
        "hindi.txt": "\n".join(f"हिन्दी विकिपीडिया में आपका स्वागत है {line[-8:]}" for line in made),
    }[name]
    path.write_text(text, encoding="utf-8")
    return path


HUES = [
    (200, 40, 40),
    (40, 200, 40),
    (40, 40, 200),
    (200, 200, 0),
    (0, 200, 200),
    (200, 0, 200),
    (90, 90, 90),
]


def write_classes(root: Path, counts: dict[str, int], edge: int = 12) -> Path:
    """`root/CLASS/0.png` ..., each class a colour under noise."""
    draw = np.random.default_rng(0)
    for (name, count), hue in zip(counts.items(), HUES, strict=False):
        (root / name).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            pixels = np.clip(draw.normal(hue, 20, (edge, edge, 3)), 0, 255).astype("uint8")
            Image.fromarray(pixels).save(root / name / f"{i}.png")
    return root


def sentence_pairs(count: int = 1500) -> list[tuple[str, str]]:
    """Distinct pairs of six made-up words and a number."""
    draw, words = np.random.default_rng(0), SENTENCE.split()
    sides = [" ".join(draw.choice(words, 6)) for _ in range(2 * count)]
    return [(f"{sides[2 * i]} {i}", f"{sides[2 * i + 1]} {i}") for i in range(count)]


def write_pairs(folder: Path, name: str) -> Path:
    """One of the parallel texts below, in `folder`."""
    pairs, path, draw = sentence_pairs(), folder / f"{name}.tsv", np.random.default_rng(1)
    chinese = ["".join(chr(0x4E00 + int(x)) for x in draw.integers(0, 5000, 9)) for _ in pairs]
    few = ["".join(chr(0x4E00 + int(x)) for x in draw.integers(0, 200, 9)) for _ in pairs]
    answers = [
        f"please {verb} the {what} now" for verb in ("book", "play", "set") for what in ("flight", "alarm")
    ]
    rows = {
        "long": [tuple(map(" ".join, zip(*pairs[i : i + 40], strict=True))) for i in range(900)],
        "intents": [(a, answers[i % 6]) for i, (a, _) in enumerate(pairs)],
        "export": [(str(1000 + i), a, str(9000 + i), b) for i, (a, b) in enumerate(pairs)],
        "ids": [(str(1000 + i), a) for i, (a, _) in enumerate(pairs)],
        "to-chinese": [(a, c) for (a, _), c in zip(pairs, few, strict=True)],
        "chinese-4000": [(c, b) for (_, b), c in zip(pairs, chinese, strict=True)],
    }[name]  # fmt: skip
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_tones(
    folder: Path, noise: bool = False, rate: int = 16_000, channels: int = 1
) -> list[tuple[str, str]]:
    """90 WAV files of two to three seconds, tones or noise, with made-up sentences; returns names and texts."""
    folder.mkdir(parents=True, exist_ok=True)
    draw, words, rows = np.random.default_rng(1), SENTENCE.split(), []
    for i in range(90):
        time = np.arange(int((2 + (i % 10) / 10) * rate)) / rate
        tone = 0.3 * np.sin(2 * np.pi * (200 + 10 * i) * time)
        samples = np.random.default_rng(i).normal(0, 0.2, len(time)).clip(-1, 1) if noise else tone
        soundfile.write(folder / f"{i:03}.wav", np.stack([samples] * channels, 1), rate)
        rows.append((f"{i:03}.wav", " ".join(draw.choice(words, 5)) + "."))
    (folder / "m.tsv").write_text("audio\ttext\n" + "".join(f"{a}\t{b}\n" for a, b in rows))
    return rows
