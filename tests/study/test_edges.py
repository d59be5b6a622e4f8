from __future__ import annotations

from steepness.study.edges import edges


def test_edges_are_where_nothing_was_tried_beyond() -> None:
    tried = [
        (m, {"size": s, "learning_rate": r}) for m in (10, 20) for s, r in ((8, 0.1), (16, 0.2), (32, 0.4))
    ]
    assert edges([(10, {"size": 16, "learning_rate": 0.2})], tried) == {}
    assert edges([(10, {"size": 8, "learning_rate": 0.1})], tried) == {"learning_rate": (10,)}
    assert edges([(20, {"size": 32, "learning_rate": 0.2})], tried) == {"size": (20,)}
    alone = [(10, {"size": 8, "learning_rate": 0.1})]
    assert edges(alone, alone) == {}
