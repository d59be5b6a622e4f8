from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
