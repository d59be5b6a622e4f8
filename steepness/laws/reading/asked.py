"""What a reader was told about a table, rather than left to find out."""

from collections.abc import Iterable
from dataclasses import dataclass

OPTIONS = {"first": "from", "last": "to"}  # fields whose option is called otherwise


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Columns by name (or by number, from 1), and which rows to take; empty where the table itself tells.

    Attributes:
        m: column of the training-set sizes.
        error: column of the errors, lower is better.
        accuracy: column of accuracies in its place; the error is 1 - accuracy.
        seed: column that names the runs' seeds.
        by: columns that tell curves apart, a curve for each combination.
        where: "column=value": the only rows to take.
        best_of: column of a setting that was searched, or several; per m (and curve) the best values stay.
        counts: column of the held-out examples behind each error, where that is a share of them.
        weights: column of how many runs each point counts as.
        first, last: the smallest and largest m to take.
        curve: the name of one of several curves.
        decimal: "." or ",", where a table leaves it open.
        along_run: take steps of one training run for sizes of training sets.
        as_is: take columns that look like logarithms, or like each other's, as they are.
    """

    m: str | None = None
    error: str | None = None
    accuracy: str | None = None
    seed: str | None = None
    by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    best_of: str | tuple[str, ...] | None = None
    counts: str | None = None
    weights: str | None = None
    first: float | None = None
    last: float | None = None
    curve: str | None = None
    decimal: str | None = None
    along_run: bool = False
    as_is: bool = False

    @property
    def searched(self) -> tuple[str, ...]:
        """The columns of `best_of`."""
        return (self.best_of,) if isinstance(self.best_of, str) else self.best_of or ()

    def refuse(self, unused: Iterable[str], what: str) -> None:
        """Refuse what was asked for and would be passed over.

        Args:
            unused: fields that have no meaning.
            what: has none for them, in words.
        Raises:
            ValueError: one of them was given; names the options.
        """
        given = [name for name in unused if getattr(self, name)]
        if given:
            flags = ", ".join(f"--{OPTIONS.get(name, name.replace('_', '-'))}" for name in given)
            raise ValueError(
                f"{what} has no use for {flags}; leave {'it' if len(given) == 1 else 'them'} out"
            )
