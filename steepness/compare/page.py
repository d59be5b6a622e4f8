"""The report of a comparison: compare.html, compare.md, compare.json and figures/ in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from steepness.compare import figures as compare_figures
from steepness.compare import words as compare_words
from steepness.compare.arms import Arm
from steepness.compare.contrast import Contrast, Side
from steepness.data.storage import write_atomically
from steepness.press.page import ALONE, Frame, Plot, page_environment, show
from steepness.press.words import listing, plain
from steepness.study import account


def write_comparison(
    found: Contrast, folder: Path, arms: Sequence[Arm] = (), frame: Frame = ALONE
) -> dict[str, Any]:
    """Write a comparison's files.

    Args:
        folder: made if it is not there.
        arms: as they were asked for; their notes are told.
        frame: where the page hangs in a site, as index.html; without one it stands alone.
    Returns:
        What compare.json holds.
    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = page_environment("compare", frame, account=account)
    facts: dict[str, Any] = {
        "found": found,
        "about": found.baseline.study.manifest,
        "headline": compare_words.headline(found),
        "sentences": list(compare_words.sentences(found)),
        "notes": sorted({arm.note for arm in arms if arm.note}),
        "shards": compare_words.shards_table(found) if found.shift else None,
        "costs": compare_words.costs_table(found),
        "figures": show(folder, plots(found), pictures=frame.alone),
        "doubts": list(doubts_of(found)),
        "studies": [found.baseline.study, found.candidate.study],
    }
    names = {"html": "compare.html", "md": "compare.md"} if frame.alone else {"html": "index.html"}
    for suffix, name in names.items():
        text = environment.get_template(f"compare.{suffix}.j2").render(facts)
        write_atomically(folder / name, text.encode())
    said = compare_words.as_dict(found) | {"notes": facts["notes"], "report": str(folder / "compare.html")}
    content = msgspec.json.format(msgspec.json.encode(said), indent=1)
    write_atomically(folder / "compare.json", content + b"\n")
    return said


def plots(found: Contrast) -> Iterator[Plot]:
    """Every figure that the arms' points allow."""
    yield Plot(
        "curves", "overview", "Both curves",
        "The best run of each seed, each arm’s law with its 95 % band; hollow: the error to expect at ten times "
        "the data, with its interval.",
        partial(compare_figures.curves, found),
    )  # fmt: skip
    if found.shift:
        yield Plot(
            "shift", "paper", "The shift, shard by shard",
            "From pairs of runs of the same shard and seed, with intervals; line and band: overall.",
            partial(compare_figures.shifts, found),
        )  # fmt: skip
    for name in compare_figures.AXES:
        yield Plot(
            f"cost-{name}", "training", f"What an error costs: {compare_words.COST_NAMES[name]}",
            "Medians over seeds at each shard; dashed: the lowest error that both reach.",
            partial(compare_figures.costs, found, name),
        )  # fmt: skip


def doubts_of(found: Contrast) -> Iterator[str]:
    """Reasons, found in the records, why the answer may mislead."""
    preset = found.baseline.study.manifest.preset
    if preset.data_seeds == 1:
        yield (
            "Both arms saw the same one draw of the data: what another draw would change is not in the intervals "
            "(--set data_seeds=2)."
        )
    if preset.seeds < account.MIN_SEEDS:
        yield f"Each shard rests on {preset.seeds} seeds; more of them (--set seeds=4) show smaller differences."
    yield (
        "Each run is the best of its search by the validation error itself; what that gains is taken to be equal "
        "for both arms, and it is not if one arm's trials are much noisier."
    )
    for side in (found.baseline, found.candidate):
        for doubt in (*account.lost(side.study), *account.mixed(side.study), *_about(side)):
            yield f"{side.label}: {doubt[0].lower()}{doubt[1:]}"


def _about(side: Side) -> Iterator[str]:
    flagged = sorted({r.trial.m for r in side.runs if r.flagged})
    if flagged:
        shards = listing([f"{m:,}" for m in flagged])
        yield f"training met its bound while still improving at m = {shards}; errors there are upper bounds."
    grids: dict[str, Sequence[Any]] = {**side.study.manifest.preset.search.grid}
    grids["size"] = [r.trial.size for r in side.study.records]
    for name, grid in grids.items():
        best = [r.trial.size if name == "size" else getattr(r.trial.training, name) for r in side.runs]
        for edge, which in ((min(grid), "smallest"), (max(grid), "largest")):
            share = best.count(edge) / len(best)
            if share > 0.5 and len(set(grid)) > 1:
                yield (
                    f"{share:.0%} of the best runs have the {which} {plain(name)} tried ({edge}); a better one may "
                    "lie beyond."
                )
