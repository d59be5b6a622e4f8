"""Products that torch's own counter of FLOPs does not know are counted all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from steepness.training.cost import flops_per_unit
from tests.toy import FEATURES, Toy

ROWS = 3
MATRIX, VECTOR = torch.ones(FEATURES, FEATURES), torch.ones(FEATURES)
PRODUCTS: dict[str, tuple[Callable[[Tensor], Tensor], int]] = {
    "addmm_": (lambda x: torch.zeros(ROWS, FEATURES).addmm_(x, MATRIX), ROWS * FEATURES**2),
    "baddbmm_": (
        lambda x: torch.zeros(1, ROWS, FEATURES).baddbmm_(x[None], MATRIX[None]),
        ROWS * FEATURES**2,
    ),
    "addbmm": (
        lambda x: torch.addbmm(torch.zeros(ROWS, FEATURES), x[None], MATRIX[None]),
        ROWS * FEATURES**2,
    ),
    "mv": (lambda x: x.mv(VECTOR), ROWS * FEATURES),
    "addmv": (lambda x: torch.addmv(torch.zeros(ROWS), x, VECTOR), ROWS * FEATURES),
    "dot": (lambda x: x[0].dot(VECTOR), FEATURES),
    "attention": (
        lambda x: nn.functional.scaled_dot_product_attention(x[None, None], x[None, None], x[None, None]),
        2 * ROWS**2 * FEATURES,
    ),
    "lstm": (nn.LSTM(FEATURES, 5).forward, ROWS * (FEATURES + 5) * 20),
}


class Products(Toy):
    def loss(self, model: nn.Module, batch: Any, state: Any) -> tuple[Tensor, Any]:
        return model(batch[0]).mean(), None


class Product(nn.Module):
    def __init__(self, product: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.product = product

    def forward(self, x: Tensor) -> Tensor:
        found = self.product(x)
        return found[0] if isinstance(found, tuple) else found


@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name: str) -> None:
    product, multiplications = PRODUCTS[name]
    found = flops_per_unit(Products(), Product(product), (torch.ones(ROWS, FEATURES), torch.zeros(ROWS)))
    assert found * ROWS == pytest.approx(3 * 2 * multiplications)
