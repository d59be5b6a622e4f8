"""A study and its export are one: every law, region and warning comes out of curves.csv to the last digit."""

from __future__ import annotations

from pathlib import Path

import pytest

from steepness.laws.reading import Asked, read
from steepness.study import load_study
from steepness.study.export import curves_csv
from tests.cli.test_laws import answer

PUBLISHED = Path(__file__).parents[2] / "results" / "published"
STUDIES = sorted(path.parent for path in PUBLISHED.rglob("study.json"))


@pytest.mark.parametrize("folder", STUDIES, ids=lambda folder: folder.name)
def test_every_curve_of_a_published_study_is_fitted_again_from_its_export(
    folder: Path, tmp_path: Path
) -> None:
    study = load_study(folder)
    export = tmp_path / "curves.csv"
    export.write_text(curves_csv(study, study.curves))
    fitted = [curve for curve in study.curves if curve.quoted_fit]
    assert fitted
    for curve in fitted:
        again = read(export, asked=Asked(curve=curve.id)).curve.fit()
        told, own = again.as_dict(), curve.quoted_fit.as_dict()  # type: ignore[union-attr]
        assert told | {"reason": ""} == own | {"reason": ""}, curve.id


@pytest.mark.parametrize(
    "folder", [f for f in STUDIES if (f / "curves.csv").exists()], ids=lambda folder: folder.name
)
def test_the_command_says_the_same_of_both(folder: Path) -> None:
    """As published, both the folder and the file that lies in it."""
    study = answer("fit", folder)
    for own in (c for c in study["curves"] if c["fits"]):
        (told,) = answer("fit", folder / "curves.csv", "--curve", own["id"])["curves"]
        assert told["fits"] == own["fits"]
        assert told["warnings"] == own["warnings"]
        assert told["recommended"]["beta_g"] == own["beta_g"]
        assert (told["regions"], told["boundary"]) == (own["regions"], own["boundary"])
