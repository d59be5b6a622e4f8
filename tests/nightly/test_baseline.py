from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from steepness.nightly.baseline import baseline_path, find_baseline, machine_class, write_baseline
from tests.nightly.made_up import MACHINE, baseline


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = baseline(np.random.default_rng(0))
    for name in ("amd-epyc-7763-2-cores", "nvidia-h200", "amd-epyc-7763-64-cores"):
        write_baseline(tmp_path, msgspec.structs.replace(made, machine_class=name))
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("nvidia-h200", "nvidia-h200"), ("nvidia-h100", "nvidia-h200"),
     ("amd-epyc-9654-64-cores", "amd-epyc-7763-64-cores")],
)  # fmt: skip
def test_the_class_itself_or_the_nearest(folder: Path, wanted: str, found: str) -> None:
    base = find_baseline(folder, "made_up", wanted)
    assert base is not None
    assert base.machine_class == found


def test_none_for_another_domain(folder: Path) -> None:
    assert find_baseline(folder, "made", "nvidia-h200") is None


def test_a_damaged_one_is_named_with_the_remedy(folder: Path) -> None:
    path = baseline_path(folder, "made_up", "nvidia-h200")
    path.write_text('{"schema": 1}')
    with pytest.raises(ValueError, match=r"nvidia-h200.json: not a readable baseline.*--make-baseline"):
        find_baseline(folder, "made_up", "nvidia-h200")


def test_a_class_is_a_processor_with_its_cores_or_a_gpu() -> None:
    cpu = msgspec.structs.replace(MACHINE, processor="Intel(R) Xeon(R) @ 2.20GHz")
    assert machine_class(cpu).startswith("intel-r-xeon-r-2-20ghz-")
    assert machine_class(cpu).endswith("-cores")
    assert machine_class(msgspec.structs.replace(cpu, device="NVIDIA H200")) == "nvidia-h200"
