"""A comparison's panels: both arms by name, whatever is set for them, and most of the panel for what is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from steepness.compare import figures
from steepness.compare.contrast import contrast
from steepness.press.canvas import NARROW
from tests.compare.made_up import arm


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (("lstm", "gru"), ["lstm", "gru"]),
        (("resnet-8", "resnet-8 (options.augment=true)"), ["resnet-8", "resnet-8\naugment=true"]),
        (
            ("mlp", "mlp (training.optimizer=sgd, options.dropout=0.2)"),
            ["mlp", "mlp\noptimizer=sgd\ndropout=0.2"],
        ),
        (("mlp (a.rate=1)", "mlp (b.rate=1)"), ["mlp (a.rate=1)", "mlp (b.rate=1)"]),
    ],
)
def test_a_panel_names_both_arms_and_leaves_room_for_what_is_drawn(
    tmp_path: Path, labels: tuple[str, str], said: list[str]
) -> None:
    found = contrast(arm(tmp_path / "a"), arm(tmp_path / "b", draw=1, shift=-0.1), labels)
    for name in figures.varying(found):
        drawn = figures.costs(found, name, NARROW)
        assert [text.get_text() for text in drawn.axes.texts] == said
        assert drawn.axes.bbox.width > NARROW / 2
