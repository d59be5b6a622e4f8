"""What a study still lacks, told from its folder alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from steepness.study.kept import lacking
from steepness.study.prepare import Prepared, Request, prepare
from steepness.study.run import make_manifest
from steepness.study.search import Search
from steepness.training.trial import Record, Trial
from tests.conftest import TOY
from tests.study.test_search import complete, outcome

SETTINGS = ("search.cull_at=0.3", "search.grid={learning_rate=[0.03]}", "seeds=2", "sizes={mlp=[2,4]}")


def ready(preset: Path) -> Prepared:
    return prepare(Request(domain=TOY, preset=str(preset), settings=SETTINGS, device="cpu"))


def largest_is_best(trial: Trial) -> Record:
    error = 10 / trial.size + (trial.training.stop_step > 0)
    return msgspec.structs.replace(outcome(trial), validation={"squared_error": error})


def test_a_whole_study_lacks_nothing_though_sizes_that_lost_are_not_tried_on_its_larger_shards(
    preset: Path,
) -> None:
    place = ready(preset)
    records, manifest = complete(Search(place), largest_is_best), make_manifest(place)
    counts = Counter(record.trial.m for record in records.values())
    assert counts[256] < place.preset.planned(1) == counts[32]
    assert lacking(manifest, list(records.values())) == set()


def test_any_lost_record_is_missed_and_what_comes_after_it(preset: Path) -> None:
    place = ready(preset)
    records, manifest = complete(Search(place), largest_is_best), make_manifest(place)
    for lost in records.values():
        if lost.trial.training.stop_step and lost.trial.whole.id in records:
            continue  # the end of a trial is worth more than its beginning
        rest = [record for record in records.values() if record is not lost]
        later = {("mlp", m) for m in (32, 64, 128, 256) if m >= lost.trial.m}
        assert lacking(manifest, rest) == later


def test_a_model_without_a_trial_lacks_all_and_an_older_manifest_says_nothing(preset: Path) -> None:
    place = ready(preset)
    records, manifest = list(complete(Search(place)).values()), make_manifest(place)
    every = {("mlp", m) for m in (32, 64, 128, 256)}
    assert lacking(manifest, []) == every
    assert lacking(msgspec.structs.replace(manifest, ladders={}), records) == every
