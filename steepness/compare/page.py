"""The report of a comparison: compare.html, compare.md, compare.json and figures/ in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from steepness.compare import figures as compare_figures
from steepness.compare import words as compare_words
from steepness.compare.contrast import Contrast
from steepness.compare.doubts import doubts_of
from steepness.compare.facts import facts_of
from steepness.data.files import write_atomically
from steepness.press.page import ALONE, Frame, page_environment, write_html, write_text
from steepness.press.plots import Plot, show
from steepness.study import account
from steepness.study.checklist import checklist


def write_comparison(contrast: Contrast, folder: Path, frame: Frame = ALONE) -> dict[str, Any]:
    """Write a comparison's files.

    Args:
        folder: made if it is not there.
        frame: where the page hangs in a site, as index.html; without one it stands alone.
    Returns:
        What compare.json holds.
    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = page_environment("compare", frame, account=account, checklist=checklist)
    facts: dict[str, Any] = {
        "contrast": contrast,
        "about": contrast.baseline.study.manifest,
        "headline": compare_words.headline(contrast),
        "sentences": list(compare_words.sentences(contrast)),
        "shards": compare_words.shards_table(contrast) if contrast.shift.value else None,
        "costs": compare_words.costs_table(contrast),
        "rule": compare_words.rule(),
        "figures": show(folder, plots(contrast), frame=frame),
        "doubts": list(doubts_of(contrast)),
        "studies": [side.study for side in contrast.sides],
    }
    name = "compare.html" if frame.alone else "index.html"
    write_html(environment, "compare.html.j2", facts, folder / name)
    if frame.alone:
        write_text(folder / "compare.md", environment.get_template("compare.md.j2").render(facts))
    said = facts_of(contrast) | {"doubts": facts["doubts"]}
    said["report"] = str(folder / name) if frame.alone else name
    named = {
        side: said[side] | {"study": Path(said[side]["study"]).name} for side in ("baseline", "candidate")
    }
    kept = said | named | {"report": name}  # where it lies is nobody's concern who gets the folder
    content = msgspec.json.format(msgspec.json.encode(kept), indent=1)
    write_atomically(folder / "compare.json", content + b"\n")
    return said


def plots(contrast: Contrast) -> Iterator[Plot]:
    """Every figure that the arms' points allow."""
    if any(compare_figures.above_zero(side, contrast.metric) for side in contrast.sides):
        yield Plot(
            name="curves", group="overview", title="Both curves",
            caption="The best run of each seed, each arm’s law over the shards it was fitted to, with its 95 % band; "
            "hollow: the error to expect at ten times the data, with its interval.",
            paint=partial(compare_figures.curves, contrast),
        )  # fmt: skip
    if contrast.shift.value:
        yield Plot(
            name="shift", group="paper", title="The shift, shard by shard",
            caption="From pairs of runs of the same shard and seed, with intervals; line and band: "
            "overall, or as it changes.",
            paint=partial(compare_figures.shifts, contrast),
        )  # fmt: skip
    for name in compare_figures.varying(contrast):
        yield Plot(
            name=f"cost-{name}", group="training",
            title=f"What an error costs: {compare_words.COST_NAMES[name]}",
            caption="Medians over seeds at each shard; dashed: the lowest error that both reach.",
            paint=partial(compare_figures.costs, contrast, name),
        )  # fmt: skip
