"""B utterances, T frames, F features, L labels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from steepness.domains.speech.alphabet import ENGLISH
from steepness.domains.speech.models import MODELS
from steepness.domains.speech.models.ctc import CTCModel
from steepness.domains.speech.models.layers import BidirectionalLSTM

FEATURES = 12


def make(name: str, size: int = 16, **settings: float) -> nn.Module:
    torch.manual_seed(0)
    facts = {
        "features": FEATURES,
        "vocabulary": ENGLISH.vocabulary,
        "time_reduction": 4,
        "layers": 3,
        "dropout": 0.0,
    }
    return MODELS[name](**facts | settings, size=size)


def loss(model: nn.Module, *batch: Tensor) -> Tensor:
    features_BTF, frames_B, labels_BL, lengths_B = batch
    return model.nats(model(features_BTF, frames_B), labels_BL, lengths_B)


def utterances(frames: list[int], lengths: list[int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(1)
    features_BTF = torch.randn(len(frames), max(frames), FEATURES, generator=random)
    labels_BL = torch.randint(1, ENGLISH.vocabulary, (len(frames), max(lengths)), generator=random)
    for row, (frame_count, length) in enumerate(zip(frames, lengths, strict=True)):
        features_BTF[row, frame_count:] = 0
        labels_BL[row, length:] = 0
    return features_BTF, torch.tensor(frames), labels_BL, torch.tensor(lengths)


@pytest.mark.parametrize("name", MODELS)
def test_a_loss_per_utterance_with_gradients_for_every_parameter(name: str) -> None:
    model = make(name)
    nats_B = loss(model, *utterances([80, 61, 70], [9, 5, 7]))
    assert nats_B.shape == (3,)
    assert (nats_B > 0).all()
    nats_B.sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.gpu
@pytest.mark.parametrize("name", MODELS)
def test_losses_and_transcripts_on_cuda_are_those_of_the_cpu(name: str) -> None:
    model = make(name).eval()
    features_BTF, frames_B, labels_BL, lengths_B = utterances([80, 61, 70], [9, 5, 7])
    with torch.no_grad():
        here_B = loss(model, features_BTF, frames_B, labels_BL, lengths_B)
        texts = model.transcribe(model(features_BTF, frames_B))
        model.cuda()
        there_B = loss(model, features_BTF.cuda(), frames_B, labels_BL.cuda(), lengths_B)
        texts_there = model.transcribe(model(features_BTF.cuda(), frames_B))
    torch.testing.assert_close(there_B.cpu(), here_B, rtol=1e-3, atol=1e-3)
    assert texts_there == texts


@pytest.mark.parametrize("name", ["deepspeech2", "attention"])
@pytest.mark.parametrize("time_reduction", [2, 4, 8])
def test_what_else_is_in_the_batch_does_not_matter(name: str, time_reduction: int) -> None:
    model = make(name, time_reduction=time_reduction).eval()
    features_BTF, frames_B, labels_BL, lengths_B = utterances([99, 61, 90], [6, 4, 5])
    with torch.no_grad():
        together_B = loss(model, features_BTF, frames_B, labels_BL, lengths_B)
        alone = loss(model, features_BTF[1:2, :61], frames_B[1:2], labels_BL[1:2, :4], lengths_B[1:2])
        texts = model.transcribe(model(features_BTF, frames_B))
        text = model.transcribe(model(features_BTF[1:2, :61], frames_B[1:2]))
    torch.testing.assert_close(alone[0], together_B[1], rtol=1e-4, atol=1e-4)
    assert text[0] == texts[1]


@pytest.mark.parametrize("name", MODELS)
def test_size_is_the_dial(name: str) -> None:
    counts = [sum(p.numel() for p in make(name, size).parameters()) for size in (16, 32, 64)]
    assert counts[0] < counts[1] < counts[2]


@pytest.mark.parametrize("name", MODELS)
def test_same_seed_same_model(name: str) -> None:
    first, second = make(name).state_dict(), make(name).state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_the_bidirectional_lstm_is_torch_s_on_packed_sequences() -> None:
    ours = BidirectionalLSTM(FEATURES, 8)
    theirs = nn.LSTM(FEATURES, 8, batch_first=True, bidirectional=True)
    for name, parameter in ours.forwards.named_parameters():
        getattr(theirs, name).data.copy_(parameter)
    for name, parameter in ours.backwards.named_parameters():
        getattr(theirs, f"{name}_reverse").data.copy_(parameter)
    features_BTF, frames_B, _, _ = utterances([20, 13, 17], [1, 1, 1])
    packed = nn.utils.rnn.pack_padded_sequence(features_BTF, frames_B, batch_first=True, enforce_sorted=False)
    expected_BTH, _ = nn.utils.rnn.pad_packed_sequence(theirs(packed)[0], batch_first=True)
    found_BTH = ours(features_BTF, frames_B)
    for row, frames in enumerate(frames_B.tolist()):
        both_ways = expected_BTH[row, :frames].unflatten(-1, (2, 8)).sum(-2)
        torch.testing.assert_close(found_BTH[row, :frames], both_ways)


class Scripted(CTCModel):
    """Says what it is told, frame by frame."""

    def __init__(self, labels_BU: list[list[int]], frames: list[int]) -> None:
        super().__init__()
        self.logits_BUV = nn.functional.one_hot(torch.tensor(labels_BU), ENGLISH.vocabulary).float()
        self.frames_B = torch.tensor(frames)

    def forward(self, features_BTF: Tensor, frames_B: Tensor) -> tuple[Tensor, Tensor]:
        return self.logits_BUV, self.frames_B


def test_greedy_decoding_merges_repeats_unless_a_blank_parts_them() -> None:
    model = Scripted([[0, 5, 5, 0, 5, 7, 7, 0], [3, 3, 0, 0, 9, 9, 9, 9]], [8, 4])
    assert model.transcribe(model(torch.zeros(2, 8, 1), torch.tensor([8, 8]))) == [[5, 5, 7], [3]]


def test_ctc_loss_is_minus_log_of_the_probability_of_all_alignments() -> None:
    model = Scripted([[1, 1]], [2])
    probabilities = torch.softmax(model.logits_BUV[0], dim=-1)
    label, blank = probabilities[:, 1], probabilities[:, 0]
    alignments = label[0] * label[1] + label[0] * blank[1] + blank[0] * label[1]
    nats = loss(model, torch.zeros(1, 2, 1), torch.tensor([2]), torch.tensor([[1]]), torch.tensor([1]))
    torch.testing.assert_close(nats[0], -alignments.log())


@pytest.mark.parametrize("name", MODELS)
def test_it_learns_a_few_utterances_by_heart(name: str) -> None:
    """Each label is a feature that lights up for six frames: any working recogniser can do this."""
    model = make(name, size=24, time_reduction=2, layers=1)
    labels_BL = torch.from_numpy(np.random.default_rng(0).integers(1, FEATURES, (4, 5)))
    features_BTF = nn.functional.one_hot(labels_BL, FEATURES).float().repeat_interleave(6, dim=1)
    frames_B, lengths_B = torch.full((4,), 30), torch.full((4,), 5)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(100):
        optimizer.zero_grad()
        (loss(model, features_BTF, frames_B, labels_BL, lengths_B).sum() / 20).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    model.eval()
    with torch.no_grad():
        assert model.transcribe(model(features_BTF, frames_B)) == labels_BL.tolist()


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="no multiple of its 4 attention heads"):
        make("conformer", size=18)
    with pytest.raises(ValueError, match="raise layers"):
        make("attention", layers=1, time_reduction=4)
