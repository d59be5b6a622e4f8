from __future__ import annotations

from pathlib import Path

import pytest

import steepness
from steepness.domain import get_domain
from tests.conftest import TOY
from tests.toy import Network


def test_a_domain_by_name_and_by_import_path() -> None:
    assert steepness.get_domain("word_lm").unit == "words"
    assert get_domain(TOY, {"noise": 0.5}).options.noise == 0.5


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [("word_ml", {}, 'did you mean "word_lm"'), (TOY, {"nose": 1}, 'did you mean "noise"'),
     (TOY, {"noise": "loud"}, "Expected `float`"), ("nowhere.to:Be", {}, "PYTHONPATH")],
)  # fmt: skip
def test_mistakes_are_named(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=r"(?s).*") as error:
        get_domain(name, options)
    assert message in str(error.value)


def test_models_by_name_import_path_and_file(tmp_path: Path) -> None:
    domain = get_domain(TOY)
    assert domain.model_class("mlp") is Network
    assert domain.model_class("tests.toy:Network") is Network
    (tmp_path / "mine.py").write_text("class Mine: pass")
    assert domain.model_class(f"{tmp_path}/mine.py:Mine").__name__ == "Mine"
    with pytest.raises(ValueError, match='did you mean "mlp"'):
        domain.model_class("mpl")
