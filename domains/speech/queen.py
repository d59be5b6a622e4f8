"""Reads the recorded dialogue of the adventure game Flight of the Amazon Queen (1995) from its data file, queen.1c.

The game is freeware, (C) John Passfield and Steven Stamatiadis; its licence is in this folder's README.

All numbers are big-endian. The archive's index names MP3 files (.SB) and the files of text they speak: dialogues
(.DOG), cut scenes (.CUT) and the hero's remarks (.JAS). A line may be spoken in several segments, a file each.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from steepness.domains.speech.recordings import Recording

_COUNT_AT, _INDEX_AT = 13, 15
_INDEX_ENTRY = struct.Struct(">12sxII")  # name, offset, size
_HEADER = 20  # bytes before the content of a .DOG, .CUT or .JAS file
_HERO = "joe"

_COMMAND = re.compile(r"\*(?:XY.{11}|.{0,2})", re.DOTALL)
"""Stage directions, at which a line is cut into segments."""

Entries = Mapping[str, memoryview]


class Line(NamedTuple):
    """What is said, before it is cut into segments; `name` is the audio files' common beginning."""

    name: str
    text: str
    speaker: str


def read_queen(archive: bytes) -> list[Recording]:
    """All speech with its text; sounds without text are left out.

    Args:
        archive: content of queen.1c.
    Returns:
        Recordings in MP3, named as in the archive, in the order of their names. Texts as the game shows them.
    Raises:
        ValueError: if the bytes are no such archive.
    """
    try:
        entries = _entries(archive)
        lines = [*_remarks(entries), *_dialogues(entries), *_cut_scenes(entries)]
    except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"queen.1c: not the game's data file, or a damaged one ({error!r})") from error
    found = {
        name: Recording(name=name, text=text, audio=bytes(entries[f"{name}.SB"]), speaker=line.speaker)
        for line in lines
        for name, text in _segments(line)
        if f"{name}.SB" in entries and text.strip()
    }
    return [found[name] for name in sorted(found)]


def _entries(archive: bytes) -> dict[str, memoryview]:
    view, entries = memoryview(archive), {}
    (count,) = struct.unpack_from(">H", archive, _COUNT_AT)
    for number in range(count):
        name, offset, size = _INDEX_ENTRY.unpack_from(archive, _INDEX_AT + number * _INDEX_ENTRY.size)
        if offset + size > len(archive):
            raise IndexError(f"{name!r} lies beyond the end")
        entries[name.rstrip(b"\0").decode("ascii")] = view[offset : offset + size]
    return entries


def _remarks(entries: Entries) -> Iterator[Line]:
    """QUEEN2.JAS is plain lines; what the hero says of objects comes first, what he says of actions near the end."""
    rooms, names, _, descriptions = struct.unpack_from(">4H", entries["QUEEN.JAS"], _HEADER)
    lines = bytes(entries["QUEEN2.JAS"]).decode("latin-1").split("\r\n")
    actions = rooms + names + descriptions + 12
    for number in range(1, 41):
        yield Line(f"JOE{number:04}", lines[actions + number - 1], _HERO)
    for number in range(descriptions):
        yield Line(f"JOE{number + 41:04}", lines[number], _HERO)


def _dialogues(entries: Entries) -> Iterator[Line]:
    for file, content in entries.items():
        if file.endswith(".DOG"):
            yield from _dialogue(
                content[_HEADER:], person=file.removesuffix(".DOG").rstrip("0123456789").lower()
            )


def _dialogue(body: memoryview, person: str) -> Iterator[Line]:
    """Joe's lines, the person's, then the greetings of a second visit, first the person's and then Joe's."""
    levels, key, joe_count, person_count = struct.unpack_from(">hxxhhh", body, 0)
    person_at, second_visit_at = struct.unpack_from(">HxxH", body, 22)
    joe_at = 32 + 96 * abs(levels)
    for voice, speaker, at, count in (
        ("J", _HERO, joe_at, joe_count),
        ("P", person, person_at, person_count),
    ):
        for number, text in _numbered_strings(body, at, count):
            if number:
                yield Line(f"{key:02}{number:04X}{voice}", text, speaker)
            elif voice == "J":  # the greeting of the first visit
                yield Line(f"{key:02}SSSSJ", text, speaker)
    text, at = _string(body, second_visit_at, align=2)
    yield Line(f"{key:02}XXXXP", text, person)
    yield Line(f"{key:02}XXXXJ", _string(body, at, align=2)[0], _HERO)


def _cut_scenes(entries: Entries) -> Iterator[Line]:
    """The first string is the scene's own, then one per object; who speaks is not said."""
    for file, content in entries.items():
        if not file.endswith(".CUT"):
            continue
        body, base = content[_HEADER:], file.removesuffix(".CUT")
        (count,), (at,) = struct.unpack_from(">h", body, 2), struct.unpack_from(">H", body, 8)
        for number in range(abs(count) + 1):
            text, at = _string(body, at, align=2)
            yield Line(f"{base:_<5}{number:02}", text, base.lower())


def _numbered_strings(body: memoryview, at: int, count: int) -> Iterator[tuple[int, str]]:
    for _ in range(count):
        (number,) = struct.unpack_from(">xxh", body, at)
        text, at = _string(body, at + 4, align=4)
        yield number, text


def _string(body: memoryview, at: int, align: int) -> tuple[str, int]:
    """A length byte, the text, padding; and where the next one starts. An empty string is not padded."""
    length, start = body[at], at + 1
    if length == 0:
        return "", start
    end = start + length
    return bytes(body[start:end]).decode("latin-1"), end + -end % align


def _segments(line: Line) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(_COMMAND.split(line.text), start=1):
        yield f"{line.name}{number:X}", text
