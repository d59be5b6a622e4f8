"""What must hold of every language model, and of the paper's sizes."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from steepness.domains.text.models import MODELS
from steepness.domains.text.models.rhn import TRANSFORM_BIAS, RecurrentHighwayNetwork
from steepness.domains.text.models.transformer import rotate

VOCABULARY, SIZE = 11, 16
RECURRENT = ["lstm-2", "lstm-4", "rhn-5", "rhn-10"]


def build(name: str, size: int = SIZE) -> Any:
    torch.manual_seed(0)
    return MODELS[name](vocabulary=VOCABULARY, size=size)


def text(rows: int = 3, steps: int = 20) -> Tensor:
    draw = torch.Generator().manual_seed(1)
    return torch.randint(0, VOCABULARY, (rows, steps), generator=draw, dtype=torch.int32)


@pytest.mark.parametrize("name", MODELS)
def test_one_logit_for_each_entry_of_the_vocabulary(name: str) -> None:
    logits_BTV, _ = build(name)(text(), None)
    assert logits_BTV.shape == (3, 20, VOCABULARY)


@pytest.mark.gpu
@pytest.mark.parametrize("name", MODELS)
def test_logits_and_state_on_cuda_are_those_of_the_cpu(name: str) -> None:
    model, tokens_BT = build(name).eval(), text()
    here, state = model(tokens_BT, None)
    there, moved_state = model.cuda()(tokens_BT.cuda(), None)
    torch.testing.assert_close(there.cpu(), here, rtol=1e-3, atol=1e-3)
    assert (state is None) == (moved_state is None)
    model(tokens_BT.cuda(), moved_state)


@pytest.mark.parametrize("name", MODELS)
def test_no_output_sees_a_later_input(name: str) -> None:
    model, tokens_BT = build(name), text()
    changed_BT = tokens_BT.clone()
    changed_BT[:, 12] = (tokens_BT[:, 12] + 1) % VOCABULARY
    before, _ = model(tokens_BT, None)
    after, _ = model(changed_BT, None)
    torch.testing.assert_close(before[:, :12], after[:, :12])
    assert (before[:, 12:] - after[:, 12:]).abs().amax(-1).min() > 0, "every later output should see it"


@pytest.mark.parametrize("name", MODELS)
def test_rows_do_not_see_one_another(name: str) -> None:
    model, tokens_BT = build(name), text()
    torch.testing.assert_close(model(tokens_BT[1:2], None)[0], model(tokens_BT, None)[0][1:2])


@pytest.mark.parametrize("name", RECURRENT)
def test_carried_state_equals_one_long_pass(name: str) -> None:
    model, tokens_BT = build(name), text()
    whole, last = model(tokens_BT, None)
    state, parts = None, []
    for segment_BT in tokens_BT.split([7, 1, 12], dim=1):
        logits_BTV, state = model(segment_BT, state)
        parts.append(logits_BTV)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole)
    torch.testing.assert_close(state, last)


@pytest.mark.parametrize("name", RECURRENT)
def test_recurrent_models_start_uniform_between_a_tenth_either_way(name: str) -> None:
    for label, parameter in build(name, 64).named_parameters():
        values = parameter.detach()[parameter != TRANSFORM_BIAS]
        assert values.abs().max() <= 0.1
        if values.numel() > 1000:
            assert values.std() == pytest.approx(0.1 / math.sqrt(3), rel=0.1), label


@pytest.mark.parametrize("name", MODELS)
def test_initialisation_comes_from_the_global_generator(name: str) -> None:
    first, same = build(name), build(name)
    other = MODELS[name](vocabulary=VOCABULARY, size=SIZE)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), same.parameters(), strict=True))
    assert not torch.equal(first.embedding.weight, other.embedding.weight)


@pytest.mark.parametrize(
    ("name", "vocabulary", "millions"), [("lstm-2", 10_004, 104.4), ("rhn-10", 98, 88.8)]
)
def test_sizes_of_the_paper(name: str, vocabulary: int, millions: float) -> None:
    model = MODELS[name](vocabulary=vocabulary, size=2004)
    doubled_biases = 2 * 4 * 2004 if name == "lstm-2" else 0
    parameters = sum(p.numel() for p in model.parameters()) - doubled_biases
    assert parameters / 1e6 == pytest.approx(millions, abs=0.05)


def plain_rhn(model: RecurrentHighwayNetwork, tokens_BT: Tensor, state_BH: Tensor) -> Tensor:
    """The equations of Zilly et al. 2017, one operation after the other, for autograd to differentiate."""
    states = []
    for t in range(tokens_BT.shape[1]):
        input_BG = model.input(model.embedding(tokens_BT[:, t]))
        for layer, weight in enumerate(model.recurrent_L):
            added = input_BG if layer == 0 else model.bias_L[layer - 1]
            h_BH, t_BH = (state_BH @ weight + added).chunk(2, dim=-1)
            gate_BH = t_BH.sigmoid()
            state_BH = h_BH.tanh() * gate_BH + state_BH * (1 - gate_BH)
        states.append(state_BH)
    return torch.stack(states, dim=1)


@pytest.mark.parametrize("layers", [1, 3])
def test_rhn_and_its_gradients_are_those_of_the_plain_equations(layers: int) -> None:
    torch.manual_seed(0)
    model = RecurrentHighwayNetwork(VOCABULARY, SIZE, layers).double()
    nn.init.uniform_(model.recurrent_L, -1, 1)
    nn.init.zeros_(model.bias_L)
    nn.init.zeros_(model.input.bias)
    tokens_BT = text()
    start_BH = torch.randn(3, SIZE, dtype=torch.double, requires_grad=True)
    inputs = [*model.parameters(), start_BH]
    weights_BTV = torch.randn(3, 20, VOCABULARY, dtype=torch.double)

    logits_BTV, last_BH = model(tokens_BT, start_BH)
    plain_BTH = plain_rhn(model, tokens_BT, start_BH)
    torch.testing.assert_close(logits_BTV, model.softmax(plain_BTH))
    torch.testing.assert_close(last_BH, plain_BTH[:, -1])
    ours = torch.autograd.grad((logits_BTV * weights_BTV).sum(), inputs)
    theirs = torch.autograd.grad(
        (model.softmax(plain_BTH) * weights_BTV).sum(), inputs, materialize_grads=True
    )
    torch.testing.assert_close(ours, theirs)


def test_rhn_recurs_in_float32_under_autocast() -> None:
    model = build("rhn-5")
    with torch.autocast("cpu", torch.bfloat16):
        logits_BTV, state_BH = model(text(), None)
    assert state_BH.dtype == torch.float32
    torch.testing.assert_close(logits_BTV.float(), model(text(), None)[0], rtol=0.02, atol=0.02)


def test_rhn_at_first_carries_its_state_almost_unchanged() -> None:
    model = build("rhn-5")
    start_BH = torch.full((3, SIZE), 0.5)
    _, after_BH = model(text(steps=1), start_BH)
    assert (after_BH - start_BH).abs().max() < 0.1


def test_transformer_has_no_memory() -> None:
    assert build("transformer")(text(), None)[1] is None


def test_rotation_depends_on_distance_alone() -> None:
    torch.manual_seed(0)
    query_D, key_D = torch.randn(2, 8)
    queries_TD, keys_TD = rotate(query_D.expand(10, 8)), rotate(key_D.expand(10, 8))
    scores_TT = queries_TD @ keys_TD.T
    for distance in range(1, 9):
        diagonal = scores_TT.diagonal(-distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))
    assert scores_TT[:, 0].std() > 0.01


def test_transformer_of_an_impossible_width_says_what_to_give() -> None:
    with pytest.raises(ValueError, match="must be even"):
        build("transformer", 33)
