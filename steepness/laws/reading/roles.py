"""Which column is what: the names that people and their tools give to sizes, errors and seeds."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from steepness.laws.reading.asked import Asked
from steepness.laws.reading.tables import SET_SIZE, Table

_SPLITS = ("", "val", "valid", "validation", "eval", "dev", "test", "heldout")
_ERRORS = ("error", "err", "error_rate", "loss", "cross_entropy", "crossentropyloss", "nll", "bpb", "bpc", "wer",
           "cer", "perplexity", "ppl", "mse", "rmse", "mae")  # fmt: skip
_ACCURACIES = ("accuracy", "acc", "top1", "top_1", "score", "f1", "auc")
SIZES = (
    "m", "train_size", "training_size", "train_set_size", "training_set_size", "n_train", "num_train",
    "train_samples", "training_samples", "n_samples", "num_samples", "samples", "train_examples",
    "training_examples", "num_train_examples", "n_examples", "num_examples", "examples", "dataset_size", "data_size",
    "num_rows", "total_tokens", "train_tokens", "training_tokens", "tokens_trained", "tokens_seen",
    "num_input_tokens_seen", "n_tokens", "num_tokens", "tokens", "n_words", "words", "characters", "images",
    "sentences", "hours", "n",
)  # fmt: skip
STEPS = (
    "step",
    "global_step",
    "steps",
    "train_steps",
    "iteration",
    "iterations",
    "iter",
    "epoch",
    "epochs",
    "batch",
)
STEP = ("step", "global_step", "iteration", "iter")  # of a log's row; a run's own sum would be called steps
COUNTED = (*STEP, "epoch")
PARAMETERS = ("params", "parameters", "n_params", "num_params", "params_total", "n_parameters", "num_parameters",
              "total_params", "non_embedding_params", "model_size", "n")  # fmt: skip
SEEDS = ("seed", "random_seed", "rng_seed", "random_state", "fold", "cv_fold", "repeat", "replicate", "rep",
         "repetition", "run")  # fmt: skip
# a loss without a split's name may be the training loss, so it comes after those with one
ERRORS = tuple(
    f"{split}_{base}".lstrip("_")
    for base in _ERRORS
    for split in ((*_SPLITS[1:], "") if base == "loss" else _SPLITS)
)
ACCURACIES = tuple(f"{split}_{base}".lstrip("_") for base, split in product(_ACCURACIES, _SPLITS))
_FOLD = re.compile(r"\d+")
_SPREAD = ("__MIN", "__MAX")


@dataclass(kw_only=True, frozen=True)
class Roles:
    """The columns that a curve is read from, by their place in the table.

    Attributes:
        m, errors: of the sizes, and of the errors: several where each holds one run.
        accuracy: whether they are accuracies.
        steps: whether m counts the steps of one training run.
        seed, counts, weights: of the runs' labels, the held-out examples, the points' weights; None without one.
        wide: what the run of each of several error columns is called; empty for one column.
    """

    m: int
    errors: tuple[int, ...]
    accuracy: bool
    steps: bool
    seed: int | None
    counts: int | None
    weights: int | None = None
    wide: tuple[str, ...] = ()
    labelled: bool = False

    @property
    def places(self) -> set[int | None]:
        """Every column that has a role."""
        return {self.m, *self.errors, self.seed, self.counts, self.weights}


def plain(name: str) -> str:
    """A column's name in small letters, its words joined by underscores, without a unit in brackets."""
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"[\[(].*?[\])]", "", name).lower()).strip("_")


def column(table: Table, name: str, option: str) -> int:
    """The place of a column asked for by name, or by number from 1.

    Raises:
        ValueError: there is none, or several of that name.
    """
    found = [i for i, n in enumerate(table.names) if n == name] or [
        i for i, n in enumerate(table.names) if plain(n) == plain(name)
    ]
    if not found and name.isdigit() and 0 < int(name) <= len(table.names):
        found = [int(name) - 1]
    if len(found) != 1:
        problem = f'{len(found)} columns named "{name}"' if found else f'no column "{name}"'
        remedy = f"; say which by its number, {option} {found[-1] + 1}" if found else ""
        raise ValueError(f"{table.source}: {problem} ({table.said()}){remedy}")
    return found[0]


def find_roles(table: Table, asked: Asked) -> Roles:
    """What each column is, from what was asked, else from its name.

    Raises:
        ValueError: a column is missing or ambiguous; names the file, its columns and the options that help.
    """
    m, steps = _size(table, asked)
    errors, accuracy, wide, labelled = find_errors(table, asked, taken=m)
    seed = column(table, asked.seed, "--seed") if asked.seed else find_column(table, SEEDS, {m, *errors})
    counts = column(table, asked.counts, "--counts") if asked.counts else None
    weights = column(table, asked.weights, "--weights") if asked.weights else None
    return Roles(
        m=m,
        errors=errors,
        accuracy=accuracy,
        steps=steps,
        seed=seed,
        counts=counts,
        weights=weights,
        wide=wide,
        labelled=labelled,
    )


def _size(table: Table, asked: Asked) -> tuple[int, bool]:
    steps = find_column(table, STEPS)
    if asked.m:
        found = column(table, asked.m, "--m")
        return found, found == steps
    size = None if table.run_log else find_column(table, SIZES)
    if table.run_log and asked.along_run:
        tokens = find_column(table, [n for n in SIZES if "tokens" in n])
        size = steps if tokens is None else tokens
    elif table.run_log:
        size = steps
    if size is None and steps is None:
        missing = (
            "m"
            if _candidates(table, (*ERRORS, *ACCURACIES)) or asked.error or asked.accuracy
            else "m or error"
        )
        raise ValueError(
            f"{table.source}: no column {missing} ({table.said()}); name them m,error[,seed], or say which they are: "
            "--m COLUMN --error COLUMN (or --accuracy COLUMN)"
        )
    if size is None:
        assert steps is not None
        return steps, True
    return size, table.run_log or steps == size


def find_errors(
    table: Table, asked: Asked, taken: int
) -> tuple[tuple[int, ...], bool, tuple[str, ...], bool]:
    """Columns of errors, whether they are accuracies, and of several: what each run is called, and if that is a label.

    Raises:
        ValueError: there is none; names the columns and the options that help.
    """
    if asked.error or asked.accuracy:
        name, option = (asked.error, "--error") if asked.error else (asked.accuracy or "", "--accuracy")
        return (column(table, name, option),), not asked.error, (), False
    for names, accuracy in ((ERRORS, False), (ACCURACIES, True)):
        found = [i for i in _candidates(table, names) if i != taken]
        if found:
            return (*_alike(table, found, accuracy),)
    raise ValueError(
        f"{table.source}: no column error ({table.said()}); name it error, or say which it is: --error COLUMN, or "
        "--accuracy COLUMN"
    )


def _alike(
    table: Table, columns: Sequence[int], accuracy: bool
) -> tuple[tuple[int, ...], bool, tuple[str, ...], bool]:
    """The first candidate, or all of its like where each holds one run: folds, seeds, the runs of a panel."""
    first = table.names[columns[0]]
    same = [i for i in columns if table.names[i] == first]
    if len(same) > 1:
        raise ValueError(
            f'{table.source}: {len(same)} columns named "{first}" ({table.said()}); say which by its number, '
            f"--error {same[0] + 1} or --error {same[1] + 1}"
        )
    runs, _, metric = first.rpartition(" - ")
    if runs:
        panel = [i for i in columns if table.names[i].endswith(f" - {metric}")]
        names = tuple(table.names[i].removesuffix(f" - {metric}") for i in panel)
        return tuple(panel), accuracy, names if len(panel) > 1 else (), len(panel) > 1
    folds = [i for i in columns if _FOLD.sub("#", table.names[i]) == _FOLD.sub("#", first)]
    if _FOLD.search(first) and len(folds) > 1:
        return tuple(folds), accuracy, tuple(table.names[i] for i in folds), False
    return (columns[0],), accuracy, (), False


def _candidates(table: Table, names: Iterable[str]) -> list[int]:
    """Columns of those names, the likeliest first; a training loss is never one."""
    order = {name: i for i, name in enumerate(names)}
    ranked = []
    for i, name in enumerate(table.names):
        for words in dict.fromkeys((plain(name), plain(_FOLD.sub("", name)))):
            rank = next((order[tail] for tail in _tails(words) if tail in order), None)
            if rank is not None:
                ranked.append((words not in order, rank, i))
                break
    ranked = [r for r in ranked if not _of_training(table.names[r[2]])]
    return [i for _, _, i in sorted(ranked)]


def _of_training(name: str) -> bool:
    """Whether a column is of the training split, or the edge of a band a tracker drew."""
    return name.endswith(_SPREAD) or not {"train", "training"}.isdisjoint(plain(name).split("_"))


def _tails(words: str) -> list[str]:
    parts = words.split("_")
    return ["_".join(parts[i:]) for i in range(len(parts))]


def find_column(table: Table, names: Sequence[str], taken: Iterable[int] = ()) -> int | None:
    """The column of the first of these names that is there, its whole name before the end of a longer one."""
    own = {i: plain(name) for i, name in enumerate(table.names) if i not in set(taken)}
    for name in names:
        for i, words in own.items():
            if words == name:
                return i
    long = [name for name in names if len(name) > 4]
    return next((i for name in long for i, w in own.items() if w.endswith(f"_{name}")), None)


def measured(name: str) -> bool:
    """Whether a column's name says that it was measured, rather than set: no setting that splits a table."""
    words = plain(name)
    endings = ("_se", "_std", "_sd", "_ci", "_low", "_high", "_min", "_max", "_seconds", "_time", "_runtime")
    known = {*ERRORS, *ACCURACIES, *SIZES, *STEPS, "low", "high", "se", "std", "sd", "time", "timestamp", "date",
             "runtime", "created", "updated", "user", "state", "notes", "tags", "hostname", "flops", "test", "train",
             "validation", "flagged", "seconds", "duration", plain(SET_SIZE)}  # fmt: skip
    return (
        words in known
        or f"_{words}".endswith(endings)
        or _of_training(name)
        or any(tail in known for tail in _tails(words))
    )
