from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from steepness.data import preparing
from steepness.data.artefacts import DataError
from steepness.data.preparing import content_of, progress


def aged(path: Path, text: str, seconds: float = 60.0) -> Path:
    path.write_text(text)
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_files_are_known_by_their_bytes_wherever_they_are(tmp_path: Path) -> None:
    file = aged(tmp_path / "a", "one")
    (tmp_path / "elsewhere").mkdir()
    copy = shutil.copy(file, tmp_path / "elsewhere" / "b")
    assert content_of(tmp_path / "cache", [file]) == content_of(tmp_path / "other", [Path(copy)])
    assert content_of(tmp_path / "cache", [aged(tmp_path / "c", "two")]) != content_of(
        tmp_path / "cache", [file]
    )


def test_the_same_size_and_time_of_writing_do_not_hide_other_bytes(tmp_path: Path) -> None:
    """As a tool leaves it that restores times after editing."""
    file = aged(tmp_path / "a", "one")
    before = content_of(tmp_path / "cache", [file])
    assert content_of(tmp_path / "cache", [aged(file, "two")]) != before


def test_unchanged_files_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    monkeypatch.setattr(preparing, "FRESH_SECONDS", 0.0)
    time.sleep(0.01)
    before = content_of(tmp_path / "cache", [file])
    monkeypatch.setattr(preparing, "_read", lambda files: pytest.fail("read again"))
    assert content_of(tmp_path / "cache", [file]) == before


def test_a_file_still_warm_is_read_each_time(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    content_of(tmp_path / "cache", [file])
    assert not (tmp_path / "cache").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere: No such file.*give readable files"):
        content_of(tmp_path, [tmp_path / "nowhere"])


def test_progress_says_in_a_log_what_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress(range(3), "counting")) == [0, 1, 2]
    assert "counting: 3 to go" in capsys.readouterr().err
