from __future__ import annotations

import pytest

from steepness.report.page import write_report
from steepness.study import Study
from tests.synthetic import synthetic


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A complete study of one model with its report written, for tests that only read."""
    study = synthetic(tmp_path_factory.mktemp("reported") / "made-up", domain="word_lm", models=["lstm-2"],
                      metrics=["cross_entropy_nats"], beta_g=-0.066)  # fmt: skip
    write_report(study)
    return study
