"""What every model must keep to: padding changes nothing, the decoder is causal, attention sees no padding."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from steepness.domains.nmt.models import AttentionLSTM, BidirectionalLSTM, Transformer, sinusoids
from steepness.domains.nmt.pieces import PAD

SOURCE, TARGET, SIZE = 30, 20, 16
MODELS = [AttentionLSTM, Transformer]


@pytest.fixture(params=MODELS, ids=lambda cls: cls.__name__)
def model(request: pytest.FixtureRequest) -> nn.Module:
    torch.manual_seed(0)
    made: nn.Module = request.param(SOURCE, TARGET, size=SIZE)
    for embedding in (module for module in made.modules() if isinstance(module, nn.Embedding)):
        nn.init.normal_(embedding.weight)  # PAD's too: what is masked must not matter, whatever its value
    return made.eval()


def sentences(rows: int, length: int, vocabulary: int, seed: int) -> torch.Tensor:
    return torch.randint(4, vocabulary, (rows, length), generator=torch.Generator().manual_seed(seed))


def padded(tokens: torch.Tensor, columns: int) -> torch.Tensor:
    return torch.cat([tokens, torch.full((len(tokens), columns), PAD)], dim=1)


def test_padding_changes_nothing(model: nn.Module) -> None:
    source, target = sentences(2, 5, SOURCE, 1), sentences(2, 6, TARGET, 2)
    longer_source, longer_target = sentences(1, 9, SOURCE, 3), sentences(1, 8, TARGET, 4)
    batch_source = torch.cat([padded(source, 4), longer_source])
    batch_target = torch.cat([padded(target, 2), longer_target])
    together = model(batch_source, batch_target)
    torch.testing.assert_close(together[:2, :6], model(source, target), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(together[2:], model(longer_source, longer_target), rtol=1e-4, atol=1e-5)


def test_padding_gets_no_gradient(model: nn.Module) -> None:
    source, target = padded(sentences(3, 4, SOURCE, 1), 3), sentences(3, 5, TARGET, 2)
    model.get_submodule("source_embedding").padding_idx = None  # else it would have none by definition
    model(source, target).square().sum().backward()
    embedding = model.get_submodule("source_embedding")
    assert isinstance(embedding, nn.Embedding)
    assert embedding.weight.grad is not None
    assert embedding.weight.grad[PAD].abs().sum() == 0
    assert embedding.weight.grad[source[0, 0]].abs().sum() > 0


def test_decoder_is_causal(model: nn.Module) -> None:
    source, target = sentences(1, 5, SOURCE, 1), sentences(1, 8, TARGET, 2)
    changed = target.clone()
    changed[0, 5] = 4 + (target[0, 5] - 3) % (TARGET - 4)
    before, after = model(source, target), model(source, changed)
    torch.testing.assert_close(before[:, :5], after[:, :5])
    assert not torch.allclose(before[:, 5:], after[:, 5:])


def test_every_source_position_is_seen(model: nn.Module) -> None:
    source, target = sentences(1, 6, SOURCE, 1), sentences(1, 3, TARGET, 2)
    reference = model(source, target)
    for position in range(6):
        changed = source.clone()
        changed[0, position] = 4 + (source[0, position] - 3) % (SOURCE - 4)
        assert not torch.allclose(model(changed, target)[:, 0], reference[:, 0])


@pytest.mark.parametrize("cls", MODELS)
def test_initialisation_follows_the_seed_and_all_weights_learn(cls: type[nn.Module]) -> None:
    def made(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return cls(SOURCE, TARGET, size=SIZE)

    first, same, other = (torch.nn.utils.parameters_to_vector(made(s).parameters()) for s in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    model = made(1)
    model(sentences(4, 6, SOURCE, 1), sentences(4, 6, TARGET, 2)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_transformer_layers_start_apart() -> None:
    torch.manual_seed(0)
    first, second = Transformer(SOURCE, TARGET, size=SIZE).encoder.layers[:2]
    assert not torch.equal(first.linear1.weight, second.linear1.weight)


def test_size_ties_every_width() -> None:
    for size in (16, 32):
        model = AttentionLSTM(SOURCE, TARGET, size=size)
        assert {p.shape[-1] for name, p in model.named_parameters() if "weight_ih" in name} == {size}
        assert model.encoder(torch.zeros(1, 3, size), torch.ones(1, 3, dtype=torch.bool))[0].shape == (
            1,
            3,
            size,
        )


def test_bidirectional_lstm_is_the_packed_one() -> None:
    torch.manual_seed(0)
    ours = BidirectionalLSTM(SIZE)
    reference = nn.LSTM(SIZE, SIZE // 2, batch_first=True, bidirectional=True)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    ahead = {name: getattr(ours.ahead, name) for name in names}
    back = {f"{name}_reverse": getattr(ours.back, name) for name in names}
    reference.load_state_dict(ahead | back)
    lengths = torch.tensor([2, 7, 5])
    input_BSH, mask_BS = torch.randn(3, 7, SIZE), torch.arange(7) < lengths[:, None]
    packed = nn.utils.rnn.pack_padded_sequence(input_BSH, lengths, batch_first=True, enforce_sorted=False)
    expected, (hidden, _) = reference(packed)
    expected_BSH, _ = nn.utils.rnn.pad_packed_sequence(expected, batch_first=True)
    output_BSH, final_BH = ours(input_BSH, mask_BS)
    torch.testing.assert_close(output_BSH[mask_BS], expected_BSH[mask_BS])
    torch.testing.assert_close(final_BH, torch.cat(list(hidden), dim=-1))


@pytest.mark.parametrize(
    ("cls", "size", "remedy"), [(AttentionLSTM, 15, "even"), (Transformer, 20, "multiple of 8")]
)
def test_impossible_size_names_the_remedy(cls: type[nn.Module], size: int, remedy: str) -> None:
    with pytest.raises(ValueError, match=f"size {size}.*{remedy}"):
        cls(SOURCE, TARGET, size=size)


def test_dropout_acts_in_training_only(model: nn.Module) -> None:
    noisy = type(model)(SOURCE, TARGET, size=SIZE, dropout=0.5)
    source, target = sentences(2, 5, SOURCE, 1), sentences(2, 5, TARGET, 2)
    assert not torch.equal(noisy(source, target), noisy(source, target))
    noisy.eval()
    assert torch.equal(noisy(source, target), noisy(source, target))


def test_positions_are_told_apart_and_shift_linearly() -> None:
    codes = sinusoids(40, 16, torch.device("cpu"))
    assert len(codes.unique(dim=0)) == 40
    torch.testing.assert_close((codes[3] * codes[7]).sum(), (codes[20] * codes[24]).sum())
