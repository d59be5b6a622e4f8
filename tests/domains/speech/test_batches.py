from __future__ import annotations

import numpy as np
import torch

from steepness.domain import TRAIN
from steepness.domains.speech.alphabet import ENGLISH
from steepness.domains.speech.batches import Epoch, Masking, collate, grouped, mask
from steepness.domains.speech.data import SpeechData


def test_a_batch_holds_its_utterances_and_zeros(data: SpeechData) -> None:
    numbers = data.members[TRAIN][[0, 5, 9]]
    batch = collate(data, numbers)
    for row, number in enumerate(numbers):
        frames, length = int(batch.frames_B[row]), int(batch.lengths_B[row])
        start = data.frame_starts[number]
        stored = torch.from_numpy(data.utterances.frames[start : start + frames]).float()
        torch.testing.assert_close(batch.features_BTF[row, :frames], stored)
        assert not batch.features_BTF[row, frames:].any()
        assert ENGLISH.decode(batch.labels_BL[row, :length].tolist()) == data.text(number)
        assert not batch.labels_BL[row, length:].any()
    assert batch.seconds == data.utterances.seconds[numbers].sum()


def test_the_first_epoch_goes_from_short_to_long(data: SpeechData) -> None:
    groups = grouped(data, data.members[TRAIN], 16)
    frames = data.utterances.frame_counts[np.concatenate(groups)]
    assert (np.diff(frames) >= 0).all()


def test_every_epoch_holds_every_utterance_once(data: SpeechData) -> None:
    for key in (None, 1, 2):
        groups = grouped(data, data.members[TRAIN], 16, key)
        assert sorted(np.concatenate(groups)) == sorted(data.members[TRAIN])
        assert sorted(map(len, groups))[1:] == [16] * (len(groups) - 1)


def test_later_epochs_are_shuffled_with_little_padding(data: SpeechData) -> None:
    first, second = (grouped(data, data.members[TRAIN], 16, key) for key in (1, 2))
    assert np.concatenate(first).tolist() != np.concatenate(second).tolist()
    means = [data.utterances.frame_counts[group].mean() for group in first]
    assert (np.diff(means) < 0).any()
    counts = [data.utterances.frame_counts[group] for group in first]
    padded = sum(len(count) * count.max() for count in counts)
    assert padded < 1.1 * sum(count.sum() for count in counts)


def test_a_batch_is_the_same_whenever_it_is_asked_for(data: SpeechData) -> None:
    masking = Masking(time_masks=2, frequency_masks=2)
    epochs = [Epoch(data, grouped(data, data.members[TRAIN], 8, 3), masking, key=3) for _ in range(2)]
    late = epochs[1][2]
    early = [epochs[0][i] for i in range(3)][2]
    torch.testing.assert_close(early.features_BTF, late.features_BTF, rtol=0, atol=0)


def test_masks_are_stripes_within_their_limits() -> None:
    frames = np.array([100, 60])
    random = np.random.default_rng(0)
    for _ in range(20):
        kept_BTF = mask(frames, (2, 100, 40), Masking(time_masks=1), random)
        hidden_BT = ~kept_BTF.all(dim=2)
        for hidden_T, count in zip(hidden_BT, frames, strict=True):
            where = hidden_T.nonzero().flatten()
            assert len(where) <= count // 10
            assert len(where) == 0 or (where[-1] - where[0] == len(where) - 1 and where[-1] < count)
        hidden_BF = ~mask(frames, (2, 100, 40), Masking(frequency_masks=1), random).all(dim=1)
        assert hidden_BF.sum(1).max() <= 10
