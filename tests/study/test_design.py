"""How many seeds a study needs, from a finished one of its kind."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from steepness.study.design import design_study, noise_of
from steepness.study.prepare import Request, prepare
from steepness.training.trial import Record
from tests.compare.made_up import arm
from tests.conftest import TOY
from tests.synthetic import synthetic


def test_the_cheapest_seeds_for_a_half_width_are_named(preset: Path, tmp_path: Path) -> None:
    ready = prepare(Request(domain=TOY, preset=str(preset), device="cpu"))
    like = arm(tmp_path / "like", domain="toy", noise=0.02)
    assert noise_of(like).seed == pytest.approx(0.02**2, rel=0.6)
    found = design_study(ready, like, 0.02)
    assert found.design.half_width <= 0.02
    assert len(found.design.m) > 4, "shards beyond the preset's, as far as the data reach"
    assert found.design.m[-1] <= ready.data.train_units
    assert list(found.design.seeds) == sorted(found.design.seeds, reverse=True)
    assert f"{found.design.m[0]:,.0f} rows: {found.design.seeds[0]} seeds" in found.in_words()
    assert "asked: ±0.02" in found.in_words()
    closer = design_study(ready, like, found.design.half_width / 1.3)
    assert closer.design.seeds[0] > closer.design.seeds[-1], "seeds are cheap at the small end of the lever"
    for design in (found, closer):  # a preset has one number of seeds, so how to get others is said
        uneven = len(set(design.design.seeds)) > 1
        assert uneven == ("`steepness run ... --budget TIME` adds them" in design.in_words())


def test_small_data_of_the_other_study_count_neither_as_noise_nor_as_shards(
    preset: Path, tmp_path: Path
) -> None:
    def flat_before(record: Record) -> Record:
        noise = np.random.default_rng([record.trial.m, record.trial.seed]).normal(0, 0.004)
        factor = min(record.trial.m / 32_000, 1) ** 0.08 * float(np.exp(noise))
        return msgspec.structs.replace(
            record, validation={name: value * factor for name, value in record.validation.items()}
        )

    like = synthetic(tmp_path / "like", domain="toy", change=flat_before)
    assert noise_of(like).shard < 0.006**2
    ready = prepare(Request(domain=TOY, preset=str(preset), device="cpu"))
    with pytest.raises(ValueError, match=r"the law of like begins at m = (32|64),000, .*larger shards"):
        design_study(ready, like, 0.02)


def test_a_study_of_another_domain_says_nothing(preset: Path, tmp_path: Path) -> None:
    ready = prepare(Request(domain=TOY, preset=str(preset), device="cpu"))
    with pytest.raises(ValueError, match="says nothing of toy"):
        design_study(ready, arm(tmp_path / "like"), 0.02)
