"""What has to be asked before a table's rows make a curve: settings that split them, steps within single runs."""

from collections.abc import Container, Sequence, Set

import numpy as np

from steepness.laws.reading.asked import Asked
from steepness.laws.reading.numerals import are_numbers
from steepness.laws.reading.roles import COUNTED, PARAMETERS, STEPS, column, measured, plain
from steepness.laws.reading.rows import CURVE, Rows, listed

OF_A_CURVE = (
    "--by {name} (a curve each)", "--where {case} (some of them)", "--best-of {name} (the best at each m)",
    "--seed {name} (runs of one curve)",
)  # fmt: skip
"""What can be said of a column that splits the rows of a curve."""
_EMPTY = ("", "None", "nan")


def ask_about_the_rest(
    rows: Rows, used: Set[int | None], asked: Asked, offers: Sequence[str] = OF_A_CURVE
) -> None:
    """Refuse a table in which an unused setting, or the steps of single runs, split the rows of one curve.

    Args:
        rows: what is left of the table; a curve for each group.
        used: places of the columns that have a role.
        asked: columns named in it are used, too.
        offers: the options that say what to do with a column.
    Raises:
        ValueError: names the column, its values and what is offered.
    """
    named = [*asked.by, *(w.partition("=")[0].strip() for w in asked.where), *asked.searched]
    used = used | {column(rows.table, name, "") for name in named}
    if CURVE in rows.table.names:  # a study's export says all that there is of a curve in its name
        return
    for place, name in enumerate(rows.table.names):
        if place in used or measured(name):
            continue
        values = _splitting(rows, place)
        if values:
            raise ValueError(
                f'{rows.table.source}: "{name}" ({listed(values)}) splits the rows, and one law through all of them '
                f"means nothing; say {_offered(offers, name, values)}"
                + "; `steepness joint` fits a law in size and data"
                * (plain(name) in PARAMETERS and offers is OF_A_CURVE)
            )
    if not (asked.along_run or asked.as_is):
        _ask_about_steps(rows, used, offers)


def _ask_about_steps(rows: Rows, used: Container[int | None], offers: Sequence[str]) -> None:
    """Refuse the evaluations of single runs, which are no runs of their own."""
    for place, name in enumerate(rows.table.names):
        values = _within_runs(rows, place) if plain(name) in STEPS and place not in used else []
        if values:
            best = [offer for offer in offers if "--best-of" in offer]
            raise ValueError(
                f'{rows.table.source}: "{name}" ({listed(values)}) takes several values at one size, and evaluations '
                f"of one run are no runs of their own; say {_offered(best, name, values)}, or --as-is where each row "
                "is a run"
            )


def _within_runs(rows: Rows, place: int) -> list[str]:
    """The values of a step that changes within runs; empty where it says of each run how long that was."""
    label, known = rows.labels(place)
    run_n = np.zeros(len(rows), dtype=np.intp)
    for i, run in enumerate(rows.runs()):
        run_n[run] = i
    _, m = np.unique(rows.m, return_inverse=True)
    _, run_n = np.unique(np.stack([rows.group, m, run_n]), axis=1, return_inverse=True)
    told = np.array([value not in _EMPTY for value in known])[label]
    pairs = np.unique(run_n[told] * len(known) + label[told])
    steps = np.bincount(pairs // len(known)) if len(pairs) else np.zeros(1)
    # a total, as of epochs until it stopped, differs from run to run; a setting that was tried is the same at each m
    total = plain(rows.table.names[place]) not in COUNTED and (steps[steps > 1] < steps.max()).any()
    if steps.max() < 2 or total or _named_apart(rows):
        return []
    return [value for value in known if value not in _EMPTY]


def _named_apart(rows: Rows) -> bool:
    """Whether a column gives every row a name of its own, as trackers name runs."""
    for place, name in enumerate(rows.table.names):
        if not measured(name):
            _, known = rows.labels(place)
            if len(known) == len(rows) and not are_numbers(known):
                return True
    return False


def _splitting(rows: Rows, place: int) -> list[str]:
    """The values of a column that splits a curve's rows; empty if it is constant, numbers the rows, or follows m."""
    label, known = rows.labels(place)
    if not 1 < len(known) <= max(len(rows) // 2, 2):
        return []
    counts = np.bincount(label)
    _, m = np.unique(rows.m, return_inverse=True)
    shard = rows.group * (m.max() + 1) + m
    pairs = np.unique(shard * len(known) + label)
    follows_m = len(pairs) == len(np.unique(shard))
    if follows_m and (are_numbers(known) or counts.max() < 3):
        return []
    varies = len(np.unique(rows.group * len(known) + label)) > len(np.unique(rows.group))
    return known if varies and counts.max() > 1 else []


def _offered(offers: Sequence[str], name: str, values: Sequence[str]) -> str:
    said = [offer.format(name=_word(name), case=_word(f"{name}={values[0]}")) for offer in offers]
    return " or ".join(filter(None, (", ".join(said[:-1]), said[-1])))


def _word(text: str) -> str:
    return f"'{text}'" if " " in text else text
