"""A second text: the same models, evaluated on another distribution, as curves of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from steepness.cli.study import with_also
from steepness.data.artefacts import Cache
from steepness.domain import SPLITS, get_domain
from steepness.domain.also import names_of
from steepness.domain.estimates import errors_of
from steepness.domains.text.domain import LanguageModelling, TextData
from tests.domains.inputs import lines, write_text


@pytest.fixture(params=[("word_lm", {}), ("char_lm", {}), ("char_lm", {"alphabet": 60})])
def made(request: pytest.FixtureRequest, tmp_path: Path, cache: Cache) -> tuple[LanguageModelling, TextData]:
    """Trained on sentences; reviewed in others, of which a hundred are trained on as well."""
    book, reviews = write_text(tmp_path, "stray.txt"), tmp_path / "My reviews.txt"
    own = [f"{' '.join(reversed(line[:-1].split()))} zyzzyva!" for line in lines()[:300]]
    reviews.write_text("\n".join([*own, *lines()[:100]]))
    name, options = request.param
    domain = get_domain(name, options | {"also": [f"text:{reviews}"], "monitor_units": 500})
    return domain, domain.load(f"text:{book}", cache)  # type: ignore[return-value]


def test_every_metric_stands_once_more_under_the_texts_name(made: tuple[LanguageModelling, TextData]) -> None:
    domain, data = made
    names = [metric.name for metric in domain.metrics]
    assert names[0] == "cross_entropy_nats"
    assert "my_reviews_cross_entropy_nats" in names
    torch.manual_seed(0)
    model = domain.build("lstm-2", 8, data).eval()
    with torch.inference_mode():
        for split in (*SPLITS, domain.monitor):
            found = errors_of(domain, model, data, split)
            assert {"my_reviews_cross_entropy_nats", "my_reviews_cross_entropy_nats_se"} <= found.keys()


def test_what_is_trained_on_is_not_evaluated_on(made: tuple[LanguageModelling, TextData]) -> None:
    _, data = made
    (its,) = data.also.values()
    assert 300 <= its["validation"].paragraphs < 320  # of 400; a few of the others were held out there


def test_a_plain_study_has_its_own_metrics_and_identity() -> None:
    plain = get_domain("word_lm")
    assert [metric.name for metric in plain.metrics] == ["cross_entropy_nats"]
    assert "also" not in plain.options.identity()


def test_a_text_that_is_all_trained_on_is_refused(tmp_path: Path, cache: Cache) -> None:
    book, part = write_text(tmp_path, "stray.txt"), tmp_path / "part.txt"
    part.write_text("\n".join(lines()))
    data = get_domain("word_lm", {"also": [f"text:{part}"]}).load(f"text:{book}", cache)
    (its,) = data.also.values()
    assert its["validation"].paragraphs < 250  # what validates and tests there
    part.write_text(lines()[0])
    with pytest.raises(ValueError, match="none of its 1 paragraphs is left"):
        get_domain("word_lm", {"also": [f"text:{part}"]}).load(f"text:{book}", cache)


def test_the_option_of_the_command_line_is_the_domains() -> None:
    assert with_also(["seeds=1"], ["text:/a b.txt"]) == ("seeds=1", 'options.also=["text:/a b.txt"]')
    assert with_also(None, None) == ()


def test_sets_of_the_same_name_are_numbered() -> None:
    asked = ["text:/data/My reviews*.txt", "enwik8", "text:/other/my_reviews.txt", "corrupted:noise"]
    assert list(names_of(asked)) == ["my_reviews", "enwik8", "my_reviews_2", "noise"]
    assert list(names_of(["enwik8", "enwik8"])) == ["enwik8"]


def test_an_edited_second_text_is_other_data(tmp_path: Path, cache: Cache) -> None:
    book, reviews = write_text(tmp_path, "stray.txt"), tmp_path / "reviews.txt"
    prints = []
    for verb in ("saw", "sang"):
        text = f"A zyzzyva {verb} the cat on a mat, and saw the dog.\nThe hills saw the dog run over the cat."
        reviews.write_text(text)
        data = get_domain("word_lm", {"also": [f"text:{reviews}"]}).load(f"text:{book}", cache)
        prints.append(data.fingerprint)
        assert any("also evaluated on reviews" in note for note in data.notes)
    plain = get_domain("word_lm").load(f"text:{book}", cache).fingerprint
    assert len({plain, *prints}) == 3
    assert any("of reviews (--also) are not in the vocabulary" in doubt for doubt in data.doubts)
