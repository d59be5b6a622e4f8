"""docs/own-domain.md, followed to the letter."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from steepness.study import load_study

ROOT = Path(__file__).parents[2]


def test_the_steps_of_the_guide_end_in_a_page(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "own-domain.md").read_text()
    (tmp_path / "docs" / "examples").mkdir(parents=True)
    shutil.copytree(ROOT / "docs" / "examples" / "table", tmp_path / "docs" / "examples" / "table")
    (tmp_path / "steepness").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m steepness "$@"\n')
    (tmp_path / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for script in ("steepness", "python"):
        (tmp_path / script).chmod(0o755)
    environment = os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "STEEPNESS_CACHE": str(tmp_path / "cache"),
    }  # fmt: skip
    blocks = re.findall(r"```bash\n(.*?)```", guide, re.DOTALL)
    bash = ["bash", "-e", "-c", "\n".join(blocks)]
    ran = subprocess.run(bash, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "no fault found with mlp" in ran.stdout
    assert (tmp_path / "results" / "table-smoke" / "report.html").is_file()
    study = load_study(tmp_path / "results" / "table-smoke")
    assert study.counts()["done"] == 5 * 3
    assert study.curves[0].points[-1].error < study.manifest.chance["cross_entropy_nats"]


def test_the_template_is_short() -> None:
    source = (ROOT / "docs" / "examples" / "table" / "domain.py").read_text()
    assert len(source.splitlines()) < 100
