from __future__ import annotations

from pathlib import Path

import pytest

from steepness.domain import domain_names
from steepness.study.prepare import doubt_of_device
from steepness.study.presets import OF_THE_SEARCH, load_preset, preset_names
from tests.conftest import TOY


def test_settings_lie_over_the_file(preset: Path) -> None:
    loaded = load_preset(TOY, str(preset), ["training.max_epochs=3", "dataset=text:/data/*.txt", "seeds=5"])
    assert (loaded.training.max_epochs, loaded.dataset, loaded.seeds) == (3, "text:/data/*.txt", 5)
    assert loaded.shard_sizes() == [32, 64, 128, 256]


def test_base_is_another_preset_beside_it(preset: Path) -> None:
    above = preset.with_name("above.toml")
    above.write_text('base = "mini"\n[shards]\ncount = 2\n')
    assert load_preset(TOY, str(above)).shard_sizes() == [32, 64]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("training.learning_rat=1", 'did you mean "training.learning_rate"'),
        ("seed=3", 'did you mean "seeds"'),
        ("training.optimizer=adan", "Invalid enum value 'adan'"),
        ("search.grid.learning_rates=[1]", 'did you mean "learning_rate"'),
        ("training.max_epochs=-1", "> 0"),
        ("shards.count=many", 'shards.count takes a whole number, not "many"'),
        ("models=lstm-2", """models takes a list, not "lstm-2": --set 'models=["lstm-2"]'"""),
        ("search.grid.learning_rate=0.1", "search.grid"),
        ("shards.count=0", "`int` >= 1 - at `$.shards.count`"),
        ("shards.factor=1", "`float` > 1"),
        ("training.stop_step=30", "set search.cull_at"),
        ("training.squeezed=true", "set search.cull_at"),
        ("search.grid.squeezed=[false,true]", "set search.cull_at"),
        ("models=[]", "models is empty"),
        ("seeds", "--set takes key=value"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_near(preset: Path, line: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"(?s).*") as error:
        load_preset(TOY, str(preset), [line])
    assert message in str(error.value)


@pytest.mark.parametrize("line", ["training.nonsense=1", "search.grid.nonsense=[1]"])
def test_what_is_named_instead_can_be_set(preset: Path, line: str) -> None:
    with pytest.raises(ValueError, match="Known: ") as error:
        load_preset(TOY, str(preset), [line])
    assert "max_epochs" in str(error.value)
    assert not [name for name in OF_THE_SEARCH if name in str(error.value)]


def test_a_file_of_ones_own_is_named_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("")
    with pytest.raises(ValueError, match=r"^.*") as error:
        load_preset(TOY, str(tmp_path / "mine.toml"))
    assert str(error.value).startswith(f"{tmp_path}/mine.toml: ")


def test_unknown_preset_lists_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"Known: .*smoke"):
        load_preset("word_lm", "smok")


@pytest.mark.parametrize("domain", domain_names())
def test_every_domain_ships_the_five_presets_and_they_load(domain: str) -> None:
    names = preset_names(domain)
    assert {"smoke", "cpu", "gpu", "paper", "nightly"} <= set(names)
    for name in names:
        load_preset(domain, name)


@pytest.mark.parametrize(("name", "device", "said"), [("gpu", "cpu", True), ("cpu", "cpu", False)])
def test_a_preset_for_a_gpu_says_first_that_this_is_a_cpu(name: str, device: str, said: bool) -> None:
    doubt = doubt_of_device(name, device)
    assert ("meant for a GPU" in doubt) == said
