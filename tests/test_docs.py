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
BLOCK = re.compile(r"^\$ (steepness .*)\n((?:(?!```|\$ ).*\n)*)", re.M)
CLOSE = 0.15  # estimates may move a little without the page being wrong


def commands(page: Path) -> Iterator[str]:
    """The commands in a page's code; a|b stands for two of them, and what follows # is a remark."""
    code = "\n".join(re.findall(r"```\w*\n(.*?)```", page.read_text(), re.S)).replace("\\\n", " ")
    for line in code.splitlines():
        words = line.removeprefix("$ ").strip()
        if words.startswith("steepness "):
            parts = [part.split("|") for part in shlex.split(words, comments=True)]
            yield from (shlex.join(chosen) for chosen in itertools.product(*parts))


ALL = sorted({command for page in PAGES if page not in SHOWN for command in commands(page)})


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the commands name: tables, and a study where a reader's would be."""
    folder = tmp_path_factory.mktemp("reader")
    shutil.copytree(ROOT / "results" / "published" / "word_lm-cpu", folder / "results" / "word_lm-cpu")
    furnish(folder)
    return folder


def furnish(folder: Path) -> None:
    """Put the tables there that pages name."""
    shutil.copytree(ROOT / "docs" / "tutorial", folder, dirs_exist_ok=True)
    m = [1000 * 2**i for i in range(9)]
    for name, errors in {
        "curve": [3 * x**-0.25 for x in m], "rising": [1 - 3 * x**-0.25 for x in m],
        "hole": [*(3 * x**-0.25 for x in m[:4]), "n/a?"], "two": [0.5, 0.4],
    }.items():  # fmt: skip
        rows = "".join(f"{x},{error}\n" for x, error in zip(m, errors, strict=False))
        (folder / f"{name}.csv").write_text("m,error\n" + rows)
    rows = [
        f"{x},{1 - k * x**-0.25},{name},{n},{x * 1e6},{1.7 + 400 / n**0.34 + 410 / (x * 1e6) ** 0.28}"
        for x in m for k, name, n in ((3, "small", 2e7), (2.5, "middle", 1e8), (2, "large", 1e9))
    ]  # fmt: skip
    (folder / "runs.csv").write_text(
        "\n".join(["train_size,test_acc,model,params,tokens,val_loss", *rows]) + "\n"
    )


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
