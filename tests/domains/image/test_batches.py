"""Batches: every image once an epoch, any of them at any time, augmentation as an image editor would do it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torchvision.transforms import functional as tf

from steepness.domains.image.batches import PAD, Epoch
from steepness.domains.image.data import ImageData, ImageSet


def pixels(shard: ImageSet) -> Tensor:
    """The shard's images as they are, normalised, in its order."""
    return shard.normalised(shard.images_NHWC[shard.rows_N])


def test_every_image_once_with_its_label(data: ImageData) -> None:
    epoch = Epoch(data.train, 32, key=1, augment=False)
    batches = [epoch[i] for i in range(len(epoch))]
    found = torch.cat([batch.images_BCHW for batch in batches]).flatten(1)
    known = pixels(data.train).flatten(1)
    places = torch.cdist(found, known).argmin(1)
    assert torch.equal(found, known[places])
    assert sorted(places.tolist()) == list(range(389))
    assert torch.equal(torch.cat([batch.labels_B for batch in batches]), data.train.labels_N[places])


@settings(deadline=None, max_examples=40)
@given(count=st.integers(1, 389), batch_size=st.integers(1, 500))
def test_batches_differ_by_one_image_at_most(data: ImageData, count: int, batch_size: int) -> None:
    shard = data.train.subset(torch.arange(count).numpy())
    sizes = [len(batch.labels_B) for batch in Epoch(shard, batch_size, 0, augment=False)]
    assert sum(sizes) == count
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) == -(-count // batch_size)


@pytest.mark.parametrize("augment", [False, True])
def test_any_batch_at_any_time_and_another_order_next_epoch(data: ImageData, augment: bool) -> None:
    first, again, other = (Epoch(data.train, 16, key, augment) for key in (1, 1, 2))
    for i in (7, 0, len(first) - 1, 7):
        assert torch.equal(first[i].images_BCHW, again[i].images_BCHW)
        assert torch.equal(first[i].labels_B, again[i].labels_B)
    assert not torch.equal(first[0].images_BCHW, other[0].images_BCHW)
    with pytest.raises(IndexError):
        first[len(first)]


def test_augmented_images_are_flips_and_crops_of_the_padded_image(data: ImageData) -> None:
    """Against torchvision: each must be one of the 2 * 9 * 9 crops that pad, crop and hflip can make of it."""
    shard = data.train.subset(torch.arange(1).numpy())
    image = pixels(shard)[0]
    height, width = image.shape[1:]
    padded = tf.pad(image, [PAD], padding_mode="reflect")
    crops = [
        tf.crop(padded, top, left, height, width) for top in range(2 * PAD + 1) for left in range(2 * PAD + 1)
    ]
    possible = torch.stack([version for crop in crops for version in (crop, tf.hflip(crop))])
    seen = set()
    for key in range(400):
        found = Epoch(shard, 1, key, augment=True)[0].images_BCHW[0]
        matches = (possible == found).flatten(1).all(1).nonzero()
        assert len(matches) == 1
        seen.add(int(matches))
    assert len(seen) > 120, "nearly all of the 162 occur"
