"""Every command that README and the documentation show is parsed, the cheap ones are run, the tutorial is compared.

`python -m tests.test_docs` (`make shown`) writes what is printed into the pages that show it, and docs/json.md anew.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from steepness.cli.app import app
from steepness.cli.schema import document
from steepness.domain import domain_names
from tests.reader import furnish

ROOT = Path(__file__).parents[1]
SHOWN = [ROOT / "docs" / "tutorial.md", ROOT / "docs" / "troubleshooting.md"]
"""Pages that show what commands print."""
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CHEAP = {
    "fit",
    "forecast",
    "backtest",
    "buy",
    "joint",
    "checklist",
    "paper",
    "schema",
    "status",
    "report",
    "domains",
}
COSTLY = {
    r"--preset cpu": "minutes of training or of calibration",
    r"--baseline-set|--candidate-set": "no preset, so minutes of training",
    r"/data/": "the reader's own folder",
    r"--executor ray": "needs Ray; tests/executors runs studies on it",
    r"--results shared": "the run of the smoke preset again, in another folder",
    r"^steepness nightly": "minutes; tests/nightly runs nights and makes baselines",
    r"^steepness compare-table": "needs finished comparisons; tests/compare makes some",
    r"--budget|BUDGET": "as long as the budget says; tests/study runs small ones",
    r"--track": "the run of the smoke preset again; tests/cli/test_track.py writes to each tracker",
    r"mypackage": "the reader's own module",
}
"""What is parsed and not run, and why."""
BLOCK = re.compile(r"^\$ (steepness .*)\n((?:(?!```|\$ ).*\n)*)", re.M)
CLOSE = 0.15  # estimates may move a little without the page being wrong


def code(page: Path) -> str:
    """A page's code, lines that go on joined."""
    return "\n".join(re.findall(r"```\w*\n(.*?)```", page.read_text(), re.S)).replace("\\\n", " ")


def commands(page: Path) -> Iterator[str]:
    """The commands in a page's code; a|b stands for two of them, and what follows # is a remark."""
    for line in code(page).splitlines():
        words = line.removeprefix("$ ").strip()
        if words.startswith("steepness "):
            parts = [part.split("|") for part in shlex.split(words, comments=True)]
            yield from (shlex.join(chosen) for chosen in itertools.product(*parts))


ALL = sorted({command for page in PAGES if page not in SHOWN for command in commands(page)})


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the commands name: tables, and studies where a reader's would be."""
    folder = tmp_path_factory.mktemp("reader")
    for study in ("word_lm-cpu", "char_lm-cpu"):
        shutil.copytree(ROOT / "results" / "published" / study, folder / "results" / study)
    furnish(folder)
    return folder


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def run(command: str, folder: Path) -> tuple[int, str]:
    with inside(folder):
        found = CliRunner().invoke(app, shlex.split(command)[1:])
    return found.exit_code, found.output.replace(f"{folder.resolve()}/", "")


@pytest.mark.parametrize("command", ALL)
def test_every_command_shown_is_one_that_can_be_typed(command: str, workplace: Path) -> None:
    words = shlex.split(command)[1:]
    group = typer.main.get_command(app)
    assert words[0] in group.commands, f"no command {words[0]}"  # type: ignore[attr-defined]
    group.commands[words[0]].make_context(words[0], list(words[1:]))  # type: ignore[attr-defined]
    if words[0] in CHEAP:
        code, output = run(command, workplace)
        assert code == 0, output


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in ALL if c.split()[1] not in CHEAP])
def test_every_other_command_shown_does_what_it_says(command: str, workplace: Path) -> None:
    """At the sizes that the page shows."""
    for pattern, why in COSTLY.items():
        if re.search(pattern, command):
            pytest.skip(f"parsed only: {why}")
    code, output = run(command, workplace)
    assert code == 0, output


def sizes_and_data() -> list[tuple[float, float, float]]:
    """Parameters, data and loss of 30 runs of a known law."""
    grid = [(1e6 * 4**i, 1e8 * 4**j) for i in range(5) for j in range(6)]
    return [(n, d, (1.7 + 400 / n**0.34 + 410 / d**0.28) * (1 + 0.002 * ((n + d) % 7 - 3))) for n, d in grid]


@pytest.mark.parametrize("page", [page for page in PAGES if "```python" in page.read_text()], ids=str)
def test_python_shown_runs(page: Path, workplace: Path) -> None:
    """With a curve, and runs of several sizes, at hand."""
    m = [1000.0 * 2**i for i in range(9)] * 2
    wobble = [1 + 0.01 * ((7 * i) % 5 - 2) for i in range(18)]
    named: dict[str, object] = {
        "m": m, "error": [3 * x**-0.25 * w for x, w in zip(m, wobble, strict=True)], "seeds": [0] * 9 + [1] * 9,
        **dict(zip(("params", "data", "loss"), zip(*sizes_and_data(), strict=True), strict=True)),
    }  # fmt: skip
    with inside(workplace):
        for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.S):
            exec(block, named)


def test_every_target_shown_is_one_that_can_be_made() -> None:
    shown = {t for page in PAGES for t in re.findall(r"^(?:\w+=\S+ )?make ([a-z_-]+)", code(page), re.M)}
    targets = set(re.findall(r"^([a-z_]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {f"reproduce-{domain}" for domain in domain_names()}
    assert shown
    assert shown <= targets | named


def rendered(text: str, folder: Path) -> str:
    """A page with what its commands print now."""
    return BLOCK.sub(lambda found: f"$ {found[1]}\n{run(found[1], folder)[1].rstrip()}\n", text)


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.stem)
def test_commands_print_what_a_page_shows(page: Path, workplace: Path) -> None:
    shown, now = page.read_text(), rendered(page.read_text(), workplace)
    for before, after in itertools.zip_longest(shown.split(), now.split(), fillvalue=""):
        assert before == after or near(before, after), f"{before} became {after}: look, then make shown"


def near(before: str, after: str) -> bool:
    """Whether two words differ in numbers alone, and in those but little."""
    number = r"\d[\d,]*\.?\d*(?:×10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+|e[+-]\d+)?"
    if re.sub(number, "#", before) != re.sub(number, "#", after):
        return False
    pairs = zip(re.findall(number, before), re.findall(number, after), strict=True)
    return all(a == b or abs(value(a) - value(b)) <= CLOSE * max(value(a), value(b)) for a, b in pairs)


def value(text: str) -> float:
    raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    return float(text.replace(",", "").replace("×10", "e").translate(raised))


def test_near_numbers_and_far_ones() -> None:
    assert near("(−0.250…−0.240)", "(−0.251…−0.241)")
    assert not near("(−0.250…−0.240)", "(−0.350…−0.240)")
    assert not near("agrees", "disagrees")
    assert near("5.51×10⁻⁶", "5.60×10⁻⁶")


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as scratch:
        furnish(Path(scratch))
        for each in SHOWN:
            each.write_text(rendered(each.read_text(), Path(scratch)))
    (ROOT / "docs" / "json.md").write_text(document())
