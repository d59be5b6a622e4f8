from __future__ import annotations

from pathlib import Path

import pytest

from steepness.site.build import write_site
from steepness.site.tables import PUBLISHED, ROOT


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the published studies."""
    return write_site(ROOT / PUBLISHED, tmp_path_factory.mktemp("site") / "out").parent
