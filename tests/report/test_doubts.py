"""Every reason to doubt an exponent is found, and only those that hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from steepness.report.doubts import of_study, unlearnt
from steepness.report.page import write_report
from steepness.study import Study
from steepness.training.trial import Record
from tests.synthetic import MACHINE, MakeStudy, lost, synthetic


def doubts(study: Study) -> str:
    first = study.manifest.metrics[0].name
    return "\n".join(of_study(study, [c for c in study.curves if c.best_fit and c.metric == first]))


def changed(when: Callable[[Record], bool], **fields: object) -> Callable[[Record], Record]:
    return lambda r: msgspec.structs.replace(r, **fields) if when(r) else r


def test_a_sound_study_raises_none_but_the_edges_of_its_sizes(make_study: MakeStudy) -> None:
    # of three seeds, the one that each point was chosen by does not count
    expected = ("the best size", "the form decides", "rest on 2 seeds")
    assert all(any(words in line for words in expected) for line in doubts(make_study()).splitlines())


def test_names_points_that_were_still_improving(make_study: MakeStudy) -> None:
    study = make_study(change=changed(lambda r: r.trial.m == 512_000, flagged=True))
    assert "still improving at m = 512,000; errors there are upper bounds" in doubts(study)


def test_a_curve_no_better_than_guessing_is_said_first(make_study: MakeStudy) -> None:
    study = make_study(chance={"loss": 3.0})
    said = doubts(study)
    assert said.startswith("net: does no better than guessing at any shard: it has learnt nothing")
    assert unlearnt(study.headline) == [said.splitlines()[0]]
    first = 12 * 8_000**-0.08
    begun = make_study(chance={"loss": first})
    assert "does no better than guessing at m = 8,000." in doubts(begun)
    assert unlearnt(begun.headline) == []


def test_counts_lost_trials_by_reason(make_study: MakeStudy) -> None:
    def diverge(record: Record) -> Record:
        far = record.trial.training.learning_rate == 0.008
        return lost(record, "diverged", "loss is not finite") if far else record

    assert "21 trials diverged: loss is not finite." in doubts(make_study(change=diverge))


def test_says_how_few_seeds_a_point_rests_on(make_study: MakeStudy) -> None:
    study = make_study(change=lambda r: r if r.trial.seed < 2 else lost(r, "failed", ""))
    assert "7 of 7 points rest on 1 seed;" in doubts(study)


def test_says_when_the_best_rate_is_the_last_that_was_tried(make_study: MakeStudy) -> None:
    def faster_is_better(record: Record) -> Record:
        loss = record.validation["loss"] * (1 - 20 * record.trial.training.learning_rate)
        same_seeds = record.trial.seed == 0
        better = msgspec.structs.replace(record, validation={"loss": loss, "loss_se": 0.0})
        return better if same_seeds else lost(record, "failed", "")

    assert "the best learning rate is at an edge of what was tried near m = 8,000, 16,000" in doubts(
        make_study(change=faster_is_better)
    )


@pytest.mark.parametrize(("nothing_faster_to", "at_edge"), [(8_000, False), (64_000, True)])
def test_a_rate_that_was_looked_beyond_near_its_shard_is_at_no_edge(
    make_study: MakeStudy, nothing_faster_to: int, at_edge: bool
) -> None:
    def nothing_faster(record: Record) -> Record:
        if record.trial.training.learning_rate != 0.008 or record.trial.m > nothing_faster_to:
            return record
        training = msgspec.structs.replace(record.trial.training, learning_rate=0.003)
        return msgspec.structs.replace(record, trial=msgspec.structs.replace(record.trial, training=training))

    said = doubts(make_study(change=nothing_faster))
    assert ("best learning rate is at an edge" in said) == at_edge


def test_says_when_the_best_size_saw_a_single_rate(make_study: MakeStudy) -> None:
    def one_rate(record: Record) -> Record:
        if record.trial.m != 512_000:
            return record
        training = msgspec.structs.replace(record.trial.training, learning_rate=0.004)
        return msgspec.structs.replace(record, trial=msgspec.structs.replace(record.trial, training=training))

    assert "at one learning rate only at m = 512,000; more search trials would tune it." in doubts(
        make_study(change=one_rate)
    )
    assert "learning rate only" not in doubts(make_study())


@pytest.mark.parametrize(("schedule", "best_step", "said"), [
    ("cosine", 200, True), ("cosine", 900, False), ("stale", 200, False),
])  # fmt: skip
def test_says_when_an_annealed_schedule_was_too_long(
    make_study: MakeStudy, schedule: str, best_step: int, said: bool
) -> None:
    """A run that goes back to its best point and stops there is at no fault; one that runs its course is."""

    def annealed(record: Record) -> Record:
        if record.trial.m != 16_000:
            return record
        training = msgspec.structs.replace(record.trial.training, schedule=schedule)
        trial = msgspec.structs.replace(record.trial, training=training)
        return msgspec.structs.replace(record, trial=trial, best_step=best_step, steps=1000)

    doubt = "in the first half of an annealed schedule at m = 16,000; a shorter one may end lower"
    assert (doubt in doubts(make_study(change=annealed))) is said


def test_says_when_the_validation_split_is_too_small(make_study: MakeStudy) -> None:
    def coarse(record: Record) -> Record:
        return msgspec.structs.replace(record, validation={**record.validation, "loss_se": 0.2})

    assert "sampling error is more than a tenth" in doubts(make_study(change=coarse))


def test_says_when_no_commit_names_the_code(make_study: MakeStudy) -> None:
    dirty = msgspec.structs.replace(MACHINE, commit="0123456789ab-dirty")
    assert "local changes" in doubts(make_study(shards=1, change=changed(lambda r: True, machine=dirty)))


def test_one_sentence_for_models_with_the_same_doubt(make_study: MakeStudy) -> None:
    study = make_study(models=["a", "b"], change=changed(lambda r: r.trial.m == 8_000, flagged=True))
    assert "a and b: training met its bound" in doubts(study)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            {"doubts": ("12 % of the training words are not in the vocabulary.",)},
            "12 % of the training words",
        ),
        ({"chance": {"loss": 3.0}}, "net: does no better than guessing at any shard: it has learnt nothing"),
    ],
)
def test_what_makes_all_of_it_doubtful_stands_on_the_first_screen(
    made: dict[str, Any], said: str, tmp_path: Path
) -> None:
    study = synthetic(tmp_path, **made)
    write_report(study)
    text = (study.path / "report.html").read_text()
    assert said in text[: text.index("</header>")]
    assert f"Doubt: {said}" in (study.path / "report.md").read_text()
