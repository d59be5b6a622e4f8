from __future__ import annotations

import struct

import numpy as np
import pytest

from steepness.data.artefacts import Cache
from steepness.domains.speech.queen import read_queen
from steepness.domains.speech.sources import QUEEN
from tests.domains.speech.conftest import queen_archive, sound_file

SOUND = sound_file(np.zeros(6_000, np.float32), "MP3")
HEADER = bytes(20)


def strings(texts: list[str], start: int, align: int = 2) -> bytes:
    """Length byte and text of each, padded so that the next is aligned; an empty one is not padded."""
    out = b""
    for text in texts:
        out += bytes([len(text)]) + text.encode("latin-1")
        out += bytes(-(start + len(out)) % align) if text else b""
    return out


def lines(numbered: dict[int, str], start: int) -> bytes:
    """A dialogue's lines, each with its number."""
    out = b""
    for number, text in numbered.items():
        out += struct.pack(">hh", 0, number)
        out += strings([text], start + len(out), align=4)
    return out


def dialogue(key: int, joe: dict[int, str], person: dict[int, str], second_visit: list[str]) -> bytes:
    """A dialogue of one level."""
    joe_at = 32 + 96
    joe_lines = lines(joe, joe_at)
    person_at = joe_at + len(joe_lines)
    person_lines = lines(person, person_at)
    second_at = person_at + len(person_lines)
    head = struct.pack(">hxxhhh", -1, key, len(joe), len(person)).ljust(22, b"\0")
    head += struct.pack(">HxxH", person_at, second_at)
    return HEADER + head.ljust(joe_at, b"\0") + joe_lines + person_lines + strings(second_visit, second_at)


def cut_scene(texts: list[str]) -> bytes:
    head = struct.pack(">xxhxxxxH", -(len(texts) - 1), 10)
    return HEADER + head + strings(texts, 10)


def remarks(descriptions: list[str], actions: list[str]) -> dict[str, bytes]:
    """QUEEN.JAS holds the counts, QUEEN2.JAS the lines."""
    rooms, names = ["room"] * 3, ["name"] * 2
    content = [*descriptions, *names, *rooms, *["-"] * 12, *actions, *["-"] * (40 - len(actions))]
    counts = struct.pack(">4H", len(rooms), len(names), 9, len(descriptions))
    return {"QUEEN.JAS": HEADER + counts, "QUEEN2.JAS": "\r\n".join(content).encode("latin-1")}


def archive(**more: bytes) -> bytes:
    files = {
        **remarks(["Cute*02", "Tsk tsk*03Look at the caf\xe9!*24"], ["It won't open*03"]),
        "TAM1.DOG": dialogue(
            7,
            joe={0: "Hi there.*03", 0x1F: "*XY00(128,112)*FLWhere is it?"},
            person={0: "0", 0x1F: "Over there.*00*02Behind the hut."},
            second_visit=["*01You again.", "Hello again.*03"],
        ),
        "C2I.CUT": cut_scene(["", "*FRExcuse me.", "*", "Odd", "Even!"]),
    }
    spoken = "JOE00011 JOE00411 JOE00421 JOE00422 07SSSSJ1 07001FJ3 07001FP1 07001FP3 07XXXXP2 07XXXXJ1 "
    spoken += "C2I__012 C2I__031 C2I__041 97SSSSSS"
    return queen_archive({**files, **{f"{name}.SB": SOUND for name in spoken.split()}, **more})


def test_each_segment_gets_its_own_text_and_sounds_without_text_are_left_out() -> None:
    found = {recording.name: recording.text for recording in read_queen(archive())}
    assert found == {
        "JOE00011": "It won't open",
        "JOE00411": "Cute",
        "JOE00421": "Tsk tsk",
        "JOE00422": "Look at the caf\xe9!",
        "07SSSSJ1": "Hi there.",
        "07001FJ3": "Where is it?",
        "07001FP1": "Over there.",
        "07001FP3": "Behind the hut.",
        "07XXXXP2": "You again.",
        "07XXXXJ1": "Hello again.",
        "C2I__012": "Excuse me.",
        "C2I__031": "Odd",
        "C2I__041": "Even!",
    }


def test_names_tell_the_speaker() -> None:
    speakers = {recording.name: recording.speaker for recording in read_queen(archive())}
    assert speakers["07001FJ3"] == speakers["JOE00411"] == speakers["07XXXXJ1"] == "joe"
    assert speakers["07001FP1"] == speakers["07XXXXP2"] == "tam"
    assert speakers["C2I__031"] == "c2i"


def test_audio_is_the_archive_s_own_bytes() -> None:
    assert {recording.encoded() for recording in read_queen(archive())} == {SOUND}


@pytest.mark.parametrize(
    "damaged", [b"", b"no archive at all, but text", archive()[:-500], queen_archive({"A.DOG": HEADER})]
)
def test_other_files_are_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match=r"queen\.1c: not the game's data file"):
        read_queen(damaged)


def test_the_real_archive_where_it_is_cached() -> None:
    path = Cache.default(offline=True).path(QUEEN)
    if not path.exists():
        pytest.skip("queen.1c is not in the cache; `steepness data get amazon-queen` fetches it")
    found = {recording.name: recording for recording in read_queen(path.read_bytes())}
    assert len(found) == 6_587
    expected = {
        "C21I_012": ("Excuse me, I'd like to buy this alcohol.", 2.77),
        "JOE07051": ("I'm a pilot for hire, not a carpenter!", 2.72),
        "390021P1": ("You have the attention span of a gnat.", 2.87),
        "190007J1": ("Can you speak English?", 1.88),
    }
    for name, (text, seconds) in expected.items():
        assert found[name].text == text
        assert len(found[name].waveform(11_025)) / 11_025 == pytest.approx(seconds, abs=0.006)
