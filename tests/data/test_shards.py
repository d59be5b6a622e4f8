import numpy as np
import pytest

from steepness.data.randomness import generator, key
from steepness.data.shards import balanced_order, nested_order, prefix
from steepness.study.presets import ladder


def test_keys_are_stable_across_machines_and_versions():
    assert key(0, "init") == 5824836073494530521
    assert (
        0
        <= min(key(seed, "x") for seed in range(1000))
        <= max(key(seed, "x") for seed in range(1000))
        < 2**63
    )


def test_keys_differ_by_seed_purpose_and_step():
    keys = {key(s, p, t) for s in range(20) for p in ("init", "shuffle", "1", "0/1") for t in range(20)}
    assert len(keys) == 20 * 4 * 20


def test_generators_of_one_key_agree_and_of_others_do_not():
    draw = generator(1, "shuffle", 3).random(100)
    assert np.array_equal(draw, generator(1, "shuffle", 3).random(100))
    assert abs(np.corrcoef(draw, generator(1, "shuffle", 4).random(100))[0, 1]) < 0.4


def test_shards_nest_and_are_cut_exactly():
    lengths = np.random.default_rng(0).integers(0, 30, 500)
    order = nested_order(500, seed=7)
    smaller = set()
    for m in [1, 10, 64, 128, 256, 1000, int(lengths.sum())]:
        items, last_length = prefix(lengths, order, m)
        assert lengths[items[:-1]].sum() + last_length == m
        assert 0 < last_length <= lengths[items[-1]]
        assert smaller <= set(items.tolist())
        smaller = set(items.tolist())


def test_other_data_seeds_give_other_permutations():
    first, second = nested_order(1000, 0), nested_order(1000, 1)
    assert sorted(first) == sorted(second) == list(range(1000))
    assert (first == second).mean() < 0.02


@pytest.mark.parametrize("m", [0, 11])
def test_a_shard_there_is_no_data_for_names_the_remedy(m):
    with pytest.raises(ValueError, match=r"cannot be cut from 10.*lower the preset's shard start"):
        prefix([5, 5], nested_order(2, 0), m)


def test_an_empty_training_set_names_the_remedy():
    with pytest.raises(ValueError, match="larger data set"):
        prefix([], nested_order(0, 0), 1)


def test_every_prefix_of_a_balanced_order_is_balanced():
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(10), 50))
    order = balanced_order(labels, seed=3)
    assert sorted(order) == list(range(500))
    counts = np.cumsum(np.eye(10, dtype=int)[labels[order]], axis=0)
    assert (counts.max(axis=1) - counts.min(axis=1)).max() <= 1
    assert not np.array_equal(labels[order][:10], labels[order][10:20])  # no fixed order of classes
    assert not np.array_equal(order, balanced_order(labels, seed=4))


def test_a_balanced_order_goes_on_when_a_class_is_used_up():
    labels = np.array([0] * 3 + [4] * 20 + [9] * 20)
    order = balanced_order(labels, seed=0)
    assert sorted(labels[order][:9]) == [0, 0, 0, 4, 4, 4, 9, 9, 9]
    assert sorted(labels[order][9:19]) == [4] * 5 + [9] * 5


def test_ladder():
    assert ladder(1000, 4) == [1000, 2000, 4000, 8000]
    assert ladder(100, 3, 1.5) == [100, 150, 225]
    with pytest.raises(ValueError, match="factor > 1"):
        ladder(100, 3, 1)
