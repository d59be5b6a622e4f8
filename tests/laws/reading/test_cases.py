"""Tables as people brought them: each is read rightly, or refused with what helps."""

from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import fit
from steepness.laws.reading import Asked, Reading, read
from tests.laws.reading import TABLES

M = [1000 * 2**i for i in range(8)]
LAW = 2.5 * np.array(M, dtype=float) ** -0.25  # what every table below was made from, rounded


def table(name: str, **asked: object) -> Reading:
    return read(next(TABLES.glob(f"{name}*")), asked=Asked(**asked))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("14a", "(semicolons, decimal comma): m = m, error = error"),
        ("14b", "(tabs): m = m, error = error"),
        ("14c", "(tabs, UTF-16): m = m, error = error"),
        ("14d", "(Latin-1): m = m, error = error"),
        ("14e", "m = M, error = Error"),
        ("14f", "m = m, error = error"),
        ("14g", "m = m, error = error"),
        ("14h", "m = m, error = error"),
        ("14i", "m = m, error = error"),
        ("14k", "m = tokens, error = val_loss"),
        ("15", "(JSON): m = m, error = error"),
    ],
)
def test_read_rightly_and_said_how(name: str, said: str) -> None:
    found = table(name)
    assert found.curve.m.tolist() == M
    np.testing.assert_allclose(found.curve.error, LAW, atol=6e-5)
    assert found.said.startswith("8 rows of ")
    assert found.said.endswith(said)
    assert fit(found.curve.m, found.curve.error).beta_g.value == pytest.approx(-0.25, abs=1e-3)


def test_folds_side_by_side_are_runs_of_one_curve_and_scores_are_turned_into_errors() -> None:
    found = table("14m")
    assert found.said.endswith("m = train_size, error = 1 - split0_test_score and 1 more")
    assert found.curve.seeds == ("split0_test_score",) * 8 + ("split1_test_score",) * 8
    assert found.curve.m.tolist() == M * 2
    np.testing.assert_allclose(found.curve.error[:8], LAW, atol=6e-5)
    np.testing.assert_allclose(found.curve.error[8:10], [0.4535, 0.3813])


def test_a_row_without_its_error_is_skipped_and_counted() -> None:
    found = table("14p")
    assert found.curve.m.tolist() == [m for m in M if m != 16000]
    assert found.said.endswith("error = error, 1 row without both skipped")


def test_steps_of_one_run_are_no_sizes_unless_asked_for() -> None:
    with pytest.raises(ValueError, match=r'logged during one run \("Step" counts its steps\).*--along-run'):
        table("14l")
    found = table("14l", along_run=True)
    assert found.curve.m.tolist() == M
    np.testing.assert_allclose(found.curve.error, LAW, atol=6e-5)
    assert found.said.endswith("m = Step, error = run-a - eval/loss, along one run")


def test_of_two_columns_of_one_name_one_is_chosen_by_its_number() -> None:
    with pytest.raises(ValueError, match=r'2 columns named "error".*--error 2 or --error 3'):
        table("14n")
    np.testing.assert_allclose(table("14n", error="2").curve.error, LAW, atol=6e-5)
    np.testing.assert_allclose(table("14n", error="3").curve.error, 2 * LAW, atol=2e-4)


def test_dots_that_may_group_thousands_are_asked_about() -> None:
    with pytest.raises(
        ValueError, match=r'"1.000" in column "m" may be 1000 or 1 .*--decimal , where.*--decimal .'
    ):
        table("14o")
    for mark, factor in ((",", 1), (".", 1000)):
        found = table("14o", decimal=mark).curve
        assert (found.m * factor).tolist() == M
        np.testing.assert_allclose(found.error, LAW, atol=6e-5)


def test_a_column_that_splits_the_rows_is_asked_about() -> None:
    with pytest.raises(ValueError, match=r'"dataset" \(reviews, news\) splits the rows') as refused:
        table("09")
    assert all(f"{flag} dataset" in str(refused.value) for flag in ("--by", "--where", "--best-of", "--seed"))
    reviews, news = table("09", by=("dataset",)).curves
    assert (reviews.name, news.name) == ("reviews", "news")
    np.testing.assert_allclose(news.error, 2 * reviews.error, rtol=1e-4)
    chosen = table("09", where=("dataset=news",))
    assert chosen.curve.error.tolist() == news.error.tolist()
    assert chosen.said.endswith("only dataset=news")
    best = table("09", best_of="dataset").curve
    assert best.error.tolist() == reviews.error.tolist()


def test_logarithms_and_swapped_columns_are_told_and_taken_only_as_they_are() -> None:
    with pytest.raises(ValueError, match="as if that were the logarithm of a size: check the columns"):
        table("11_")
    with pytest.raises(ValueError, match="check the columns; swapped ones are named by --m and --error"):
        table("11b")
    assert table("11_", as_is=True).curve.m.max() == 5.1072
    righted = table("11b", m="error", error="m").curve
    np.testing.assert_allclose(righted.error, LAW, atol=6e-5)
    assert righted.m.tolist() == M
