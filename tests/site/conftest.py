from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from steepness.compare.stored import STORED
from steepness.nightly.judge import judge
from steepness.nightly.night import Night
from steepness.site.build import write_site
from steepness.site.catalogue import names
from steepness.site.tables import PUBLISHED, ROOT
from steepness.study.manifest import MANIFEST
from tests.nightly.made_up import baseline, observation

FAULT = 6
"""The night in which a fault was planted, in a made-up history of ten."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the published studies, with a made-up history of nights."""
    folder = tmp_path_factory.mktemp("site")
    write_nights(folder / "nights")
    return write_site(ROOT / PUBLISHED, folder / "out", folder / "nights").parent


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    from tests.site.browsing import CHROMIUM

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def forecasts(site: Path) -> dict[str, Any]:
    """What What if looks up, as its page holds it."""
    page = (site / "whatif" / "index.html").read_text()
    told: dict[str, Any] = json.loads(page.partition("const FORECASTS = ")[2].partition(";\n")[0])
    return told


def published() -> list[str]:
    """The folders of the site that hold a study's or a comparison's page, as the stored ones call for them."""
    studies = [path.parent.name for path in (ROOT / PUBLISHED).glob(f"*/{MANIFEST}")]
    return sorted(
        [*studies, *names([path.parent for path in sorted((ROOT / PUBLISHED).glob(f"*/*/{STORED}"))])]
    )


def write_nights(folder: Path) -> None:
    """Nights of observations whose spread is known; in one of them the error is 5 % higher, by planted code."""
    rng = np.random.default_rng(0)
    base = baseline(rng)
    for i in range(10):
        seen = observation(rng, 2, 1, error=1.05 if i == FAULT else 1.0)
        night = Night(
            name=f"2026-03-{i + 1:02}", started=f"2026-03-{i + 1:02}T02:00:00+00:00", seconds=60.0,
            command="steepness nightly" + " --domain planted:Worse" * (i == FAULT), commit=f"{i:012x}",
            machine_class="p-2-cores", draw=i, notes=[], problems=[],
            statistics=judge([(seen, base)], {"made_up": True}), observations=[seen],
        )  # fmt: skip
        place = folder / night.name / "night.json"
        place.parent.mkdir(parents=True)
        place.write_bytes(msgspec.json.encode(night))
