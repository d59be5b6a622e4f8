"""One table of what `make bench` has measured, beside what is aimed at: from the JSON that its parts have written.

    python -m benchmarks.speed [FOLDER]

Ratios are of runs made in turn, with the lowest and the highest of the rounds in brackets; a goal is met where the
median meets it. What is not measured is a row, too. Every part says how busy the machine was.
"""

from __future__ import annotations

import argparse
import json
import operator
import statistics
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.ratios import ratio
from benchmarks.sweeps.exponent import LADDERS
from steepness.laws.amounts import counted

Reader = Callable[[Mapping[str, Any]], Iterator["Row | Unmeasured"]]
OUT = Path(__file__).parent
HEAD = "| what | measured | aim | met | load average |\n|---|---|---|---|---|"


class Row(NamedTuple):
    """One goal: the value that is held against it, as it is shown, and which way is good."""

    what: str
    value: float
    shown: str
    aim: float
    at_least: bool = True

    def line(self, load: str) -> str:
        """Of the table."""
        better = operator.ge if self.at_least else operator.le
        sign, met = "≥" if self.at_least else "≤", "yes" if better(self.value, self.aim) else "no"
        return f"| {self.what} | {self.shown} | {sign} {self.aim:g} | {met} | {load} |"


class Unmeasured(NamedTuple):
    """A goal that nothing was held against."""

    what: str

    def line(self, load: str = "") -> str:
        """Of the table."""
        return f"| {self.what} | not measured | | |{f' {load}' if load else ''} |"


def steps(kept: Mapping[str, Any]) -> Iterator[Row]:
    """A step of each domain: the fastest of the others beside ours, CPU time."""
    for domain, found in kept["runs"].items():
        cpu = {way: [taken["cpu"] for taken in rounds] for way, rounds in found.items()}
        ours = cpu.pop("harness")
        told = {way: ratio(seconds, ours) for way, seconds in cpu.items()}
        best = min(told, key=lambda way: told[way].median)
        what = f"step of {domain}: {best}, the fastest other of {len(cpu)}, of ours"
        yield Row(what, told[best].median, str(told[best]), 1.0)


def sweeps(kept: Mapping[str, Any]) -> Iterator[Row]:
    """A sweep by the other ways beside ours."""
    for way, seconds in kept["seconds"].items():
        if way != "ours":
            told = ratio(seconds, kept["seconds"]["ours"])
            yield Row(f"sweep: {way}, of ours", told.median, str(told), 2.0 if way == "script" else 1.3)


def exponents(kept: Mapping[str, Any]) -> Iterator[Row | Unmeasured]:
    """The search beside the full grid; the worst of a domain's data seeds, and the median of what it cost."""
    for domain in LADDERS:
        here = [one for one in kept["found"] if one["domain"] == domain]
        if not here:
            yield Unmeasured(f"{domain}: exponent beside the full grid's")
            continue
        off = max(abs(one["exponent"] - one["grid_exponent"]) for one in here)
        share = statistics.median(one["flops"] / one["grid_flops"] for one in here)
        winners = statistics.median(one["winners"] for one in here)
        name = f"{domain}, {counted(len(here), 'data seed')}"
        yield Row(f"{name}: exponent off the full grid's, at most", off, f"{off:.4f}", 0.01, at_least=False)
        yield Row(f"{name}: FLOPs of the grid's", share, f"{share:.2f}", 0.25, at_least=False)
        yield Row(f"{name}: winners' share of FLOPs", winners, f"{winners:.2f}", 0.75)


def overhead(kept: Mapping[str, Any]) -> Iterator[Row]:
    """What is neither step nor evaluation; whether a word and a decision cost the same, however many there are."""
    share = kept["shares"]["overhead"]
    yield Row("overhead, share of a trial", share, f"{share:.3f}", 0.03, at_least=False)
    for what, found in (("word", kept["tokens"]), ("decision", kept["decisions"])):
        (few, first), (many, last) = found[0], found[-1]
        name = f"a {what} at {many:,}, of one at {few:,}"
        yield Row(name, last / first, f"{last / first:.2f}", 1.1, at_least=False)


PARTS: dict[str, Reader] = {
    "steps/beside": steps,
    "steps/overhead": overhead,
    "sweeps/beside": sweeps,
    "sweeps/exponent": exponents,
}


def table(folder: Path) -> str:
    """Markdown."""
    lines = [HEAD]
    for part, read in PARTS.items():
        path = folder / f"{part}.json"
        if not path.exists():
            lines.append(Unmeasured(f"python -m benchmarks.{part.replace('/', '.')}").line())
            continue
        kept = json.loads(path.read_text())
        load = f"{kept['machine']['load_average'][0]:.1f}"
        lines += [row.line(load) for row in read(kept)]
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=OUT, help="that the parts' --out lie in")
    folder = parser.parse_args().folder
    print(table(folder))
    head = "# Speed, side by side\n\n    python -m benchmarks.speed"
    about = str(__doc__).split("\n\n", 2)[2].strip()
    (folder / "speed.md").write_text(f"{head}\n\n{about}\n\n{table(folder)}\n")


if __name__ == "__main__":
    main()
