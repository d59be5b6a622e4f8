"""What `check-model` refuses of language models, and that the documented template passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from steepness.compare.check import Check, check_model
from steepness.domains.text.models import MODELS
from steepness.study.prepare import Request, prepare
from tests.domains.text.conftest import synthetic_paragraphs

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "my_lm.py"


class Plain(nn.Module):
    def __init__(self, vocabulary: int, size: int) -> None:
        super().__init__()
        self.embedding, self.softmax = nn.Embedding(vocabulary, size), nn.Linear(size, vocabulary)

    def forward(self, tokens_BT: Tensor, state: Any) -> Any:
        return self.softmax(self.mixed(self.embedding(tokens_BT))), None

    def mixed(self, x_BTH: Tensor) -> Tensor:
        return x_BTH


class Peeks(Plain):
    def mixed(self, x_BTH: Tensor) -> Tensor:
        return x_BTH + 0.1 * x_BTH.roll(-1, dims=1)


class PeeksFromZero(Plain):
    """A convolution padded on the wrong side, hidden at first by a gate that starts at zero."""

    def __init__(self, vocabulary: int, size: int) -> None:
        super().__init__(vocabulary, size)
        self.convolution = nn.Conv1d(size, size, 3, padding=1)
        self.gate = nn.Parameter(torch.zeros(()))

    def mixed(self, x_BTH: Tensor) -> Tensor:
        return x_BTH + self.gate * self.convolution(x_BTH.mT).mT


class MixesRows(Plain):
    def mixed(self, x_BTH: Tensor) -> Tensor:
        return x_BTH - x_BTH.mean(0)


class Summary(Plain):
    """One row of logits for the whole text."""

    def mixed(self, x_BTH: Tensor) -> Tensor:
        return x_BTH.cumsum(1)[:, -1:]


class LogitsOnly(Plain):
    def forward(self, tokens_BT: Tensor, state: Any) -> Any:
        return super().forward(tokens_BT, state)[0]


class Forgets(Plain):
    """Returns a state, and then does not read it."""

    def forward(self, tokens_BT: Tensor, state: Any) -> Any:
        sums_BTH = self.embedding(tokens_BT).cumsum(1)
        return self.softmax(sums_BTH), sums_BTH[:, -1]


class Noisy(Plain):
    def mixed(self, x_BTH: Tensor) -> Tensor:
        return nn.functional.dropout(x_BTH)


class NoDial(Plain):
    def __init__(self, vocabulary: int, size: int) -> None:
        super().__init__(vocabulary, 16)


class Softmaxed(Plain):
    def forward(self, tokens_BT: Tensor, state: Any) -> Any:
        return super().forward(tokens_BT, state)[0].softmax(-1), None


class LogSoftmaxed(Plain):
    """Harmless: the loss's softmax leaves these as they are."""

    def forward(self, tokens_BT: Tensor, state: Any) -> Any:
        return super().forward(tokens_BT, state)[0].log_softmax(-1), None


class BatchStatistics(Plain):
    def __init__(self, vocabulary: int, size: int) -> None:
        super().__init__(vocabulary, size)
        self.norm = nn.BatchNorm1d(size, track_running_stats=False)

    def mixed(self, x_BTH: Tensor) -> Tensor:
        return self.norm(x_BTH.mT).mT


class OneMore(Plain):
    def __init__(self, vocabulary: int, size: int) -> None:
        super().__init__(vocabulary + 1, size)


class Infinite(Plain):
    def forward(self, tokens_BT: Tensor, state: Any) -> Any:
        logits_BTV, state = super().forward(tokens_BT, state)
        return logits_BTV / 0, state


class Lazy(Plain):
    def __init__(self, vocabulary: int, size: int) -> None:
        super().__init__(vocabulary, size)
        self.softmax = nn.LazyLinear(vocabulary)


class Sparse(Plain):
    def __init__(self, vocabulary: int, size: int) -> None:
        super().__init__(vocabulary, size)
        self.embedding = nn.Embedding(vocabulary, size, sparse=True)


class Half(Plain):
    def __init__(self, vocabulary: int, size: int) -> None:
        super().__init__(vocabulary, size)
        self.bfloat16()


class Recurrent(nn.Module):
    """A GRU whose state subclasses wrap."""

    def __init__(self, vocabulary: int, size: int) -> None:
        super().__init__()
        self.embedding, self.softmax = nn.Embedding(vocabulary, size), nn.Linear(size, vocabulary)
        self.gru = nn.GRU(size, size, batch_first=True)

    def wrap(self, state: Tensor) -> Any:
        return state

    def unwrap(self, state: Any) -> Any:
        return state

    def forward(self, tokens_BT: Tensor, state: Any) -> Any:
        h_BTH, last = self.gru(self.embedding(tokens_BT), None if state is None else self.unwrap(state))
        return self.softmax(h_BTH), self.wrap(last)


class DictState(Recurrent):
    def wrap(self, state: Tensor) -> Any:
        return {"layers": [{"h": state}]}

    def unwrap(self, state: Any) -> Any:
        return state["layers"][0]["h"]


class Cache:
    def __init__(self, state: Tensor) -> None:
        self.state = state


class ObjectState(Recurrent):
    def wrap(self, state: Tensor) -> Any:
        return Cache(state)

    def unwrap(self, state: Any) -> Any:
        return state.state


class Grows(Recurrent):
    """As a transformer's cache does."""

    def forward(self, tokens_BT: Tensor, state: Any) -> Any:
        seen_BTH = self.embedding(tokens_BT)
        seen_BTH = seen_BTH if state is None else torch.cat([state, seen_BTH], 1)
        means_BTH = seen_BTH.cumsum(1) / torch.arange(1, seen_BTH.shape[1] + 1)[:, None]
        return self.softmax(means_BTH[:, -tokens_BT.shape[1] :]), seen_BTH


class DiesLater(Recurrent):
    """Only in training, and only with a state."""

    def unwrap(self, state: Any) -> Any:
        if self.training:
            raise IndexError("position 33 of 32")
        return state


class FewPositions(Plain):
    """Enough for a segment, not for a sample."""

    def mixed(self, x_BTH: Tensor) -> Tensor:
        if x_BTH.shape[1] > 64:
            raise IndexError("no position 64")
        return x_BTH


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("probes")
    long = [" ".join(pair) for pair in zip(*[iter(synthetic_paragraphs(1200))] * 2, strict=True)]
    (folder / "book.txt").write_text("\n\n".join(long))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEEPNESS_CACHE", str(folder / "cache"))
        settings = (f"dataset=text:{folder / 'book.txt'}", "shards.start=1000")
        ready = prepare(
            Request(domain="char_lm", preset="smoke", settings=settings, device="cpu", offline=True)
        )

    def check(model: str) -> Check:
        return check_model(ready.domain, ready.data, ready.preset, model)

    return check


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (Peeks, "it peeks at the future"),
        (PeeksFromZero, "it peeks at the future"),
        (MixesRows, "rows of a batch see one another"),
        (Summary, "wrong output shape: logits are"),
        (OneMore, "98), not (4, 32, 97) = (rows, steps, vocabulary)"),
        (Infinite, "its logits are not all finite"),
        (LogitsOnly, "wrong output: forward(tokens_BT, state) must return (logits_BTV, state)"),
        (Forgets, "its carried state loses something"),
        (Noisy, "not deterministic"),
        (NoDial, "its size dial does nothing"),
        (Softmaxed, "its outputs are probabilities already"),
        (BatchStatistics, "rows of a batch see one another"),
        (Lazy, "softmax.weight, softmax.bias has no size before a first batch (a lazy layer)"),
        (Sparse, "the gradient is sparse of embedding.weight; give sparse=False"),
        (Half, "is of 16 bits; build it in float32"),
        (ObjectState, "the state is a Cache; it must be None, a tensor, or tuples, lists or dicts of them"),
        (Grows, "the state it carries grows with every segment"),
        (DiesLater, "it cannot be trained on, after 1 steps: IndexError: position 33 of 32"),
        (FewPositions, "it cannot be evaluated: IndexError: no position 64"),
    ],
)
def test_a_fault_is_named(checked: Any, model: type, fault: str) -> None:
    found = checked(f"{__name__}:{model.__name__}")
    assert any(fault in said for said in found.faults), found.faults


def test_a_wrong_constructor_is_told_the_signature(checked: Any) -> None:
    found = checked("torch.nn:Embedding")
    assert "cannot be constructed at size 16: TypeError" in found.refusal()
    assert "Model(vocabulary: int, size: int)" in found.refusal()


@pytest.mark.parametrize("model", [DictState, Recurrent, LogSoftmaxed])
def test_what_is_no_fault_passes(checked: Any, model: type) -> None:
    assert checked(f"{__name__}:{model.__name__}").faults == ()


@pytest.mark.parametrize("model", [*MODELS, f"{EXAMPLE}:MyLM"])
def test_our_models_and_the_template_pass(checked: Any, model: str) -> None:
    assert checked(model).faults == ()
