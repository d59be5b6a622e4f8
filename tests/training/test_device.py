from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from steepness.training.device import commit

MEASURE = """
import sys
import numpy as np
import torch
from steepness.training.device import peak_memory
before = peak_memory(torch.device("cpu"))
mapped = np.memmap(sys.argv[1], np.uint8, "r")
mapped.sum()
after_mapping = peak_memory(torch.device("cpu"))
filled = np.ones(1 << 28, np.uint8)
del filled
print(after_mapping - before, peak_memory(torch.device("cpu")) - after_mapping)
"""


def test_memory_is_what_a_process_filled_not_the_files_it_has_mapped(tmp_path: Path) -> None:
    path = tmp_path / "data.u8"
    path.write_bytes(bytes(1 << 28))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )
    mapped, filled = map(int, done.stdout.split())
    assert abs(mapped) < 1 << 25
    assert abs(filled - (1 << 28)) < 1 << 25


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def commit_now(of: Path) -> str:
    commit.cache_clear()
    return commit(of)


def test_commit_is_of_the_file_s_own_checkout_and_dirty_if_code_was_changed(tmp_path: Path) -> None:
    code, stored, installed = (
        tmp_path / name for name in ("code.py", "baselines/stored.json", "installed.py")
    )
    stored.parent.mkdir()
    for path in (code, stored, installed):
        path.write_text("{}")
    assert commit_now(code) == "unknown"
    git(tmp_path, "init")
    git(tmp_path, "add", code.name, "baselines")
    git(tmp_path, "commit", "-m", "first")
    clean = commit_now(code)
    assert len(clean) == 12
    assert commit_now(installed) == "unknown"
    stored.write_text("[]")
    assert commit_now(code) == clean
    code.write_text("[]")
    assert commit_now(code) == f"{clean}-dirty"
    commit.cache_clear()
