"""The house rules: imports run down the spine that CONTRIBUTING's table draws, files and functions stay short."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_FILE, LONGEST_FUNCTION, USUAL_FUNCTION, USUAL_SHARE = 300, 50, 16, 0.9


def sources(*tops: str) -> Iterator[Path]:
    """Every Python file below, once: what `steepness/` links to is read where it is."""
    for top in tops:
        for path in sorted((ROOT / top).rglob("*.py")):
            if not any(parent.is_symlink() for parent in path.parents):
                yield path


@cache
def modules() -> dict[str, Path]:
    """The package's files by the name they are imported by."""
    named = {}
    for path in sources("steepness", "domains"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(("steepness",) * (parts[0] == "domains") + parts)
        named[name.removesuffix(".__init__")] = path
    return named


def imports(path: Path, types: bool) -> Iterator[tuple[int, str]]:
    """Line and module of each import of ours, inside functions too; `types`: those for type checkers as well."""
    tree = ast.parse(path.read_text())
    checked = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in checked and not types:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name in modules())
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            found = {name if name in modules() else node.module for name in inner}
            yield from ((node.lineno, name) for name in found if name in modules())


def room(module: str) -> str:
    """The room a module is in; empty for the package's own front door."""
    return module.split(".")[1] if "." in module else ""


def table() -> dict[str, set[str]]:
    """Per room, the rooms that CONTRIBUTING's table lets it use."""
    lines = re.findall(r"^\| `([^`]+)` \|.*\| ([^|]*) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.M)
    return {
        name.removeprefix("steepness/").split("/")[0]: set(re.findall(r"\w+", may)) for name, may in lines
    }


def test_the_table_names_every_room() -> None:
    rooms = {room(name) for name in modules()} - {"", "__main__"}
    assert set(table()) == rooms
    assert not set().union(*table().values()) - set(table()) - {"nothing", "of", "ours"}


def test_arrows_run_only_down_the_spine() -> None:
    allowed, broken = table(), []
    for name, path in modules().items():
        here = room(name)
        if here in ("", "__main__"):
            continue
        for line, target in imports(path, types=True):
            there = room(target)
            if there not in ("", here, *allowed[here]):
                broken.append(f"{path.relative_to(ROOT)}:{line}: {here} may not use {there}")
    assert not broken


def test_no_room_can_reach_itself() -> None:
    """Holds whatever the table says: what it allows has no circle."""
    allowed = table()
    for start in allowed:
        reached, ahead = set[str](), [start]
        while ahead:
            new = allowed.get(ahead.pop(), set()) - reached
            reached |= new
            ahead += new
        assert start not in reached


def test_no_file_imports_itself_by_way_of_others() -> None:
    """Nor for the sake of a type."""
    arrows = {name: {t for _, t in imports(path, types=True)} for name, path in modules().items()}
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " > ".join((*above[above.index(name) :], name))
        if name not in done:
            for target in arrows[name]:
                visit(target, (*above, name))
            done.add(name)

    for name in arrows:
        visit(name, ())


def test_nothing_in_training_takes_more_than_five_parameters() -> None:
    crowded = []
    for path in sources("steepness/training"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                taken = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                if len(set(taken) - {"self", "cls"}) > 5:
                    crowded.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert not crowded


def test_a_command_to_type_is_quoted_for_the_shell() -> None:
    """A path or a name in one comes through `shlex`; numbers and our own words need none."""
    typed = re.compile(r"steepness [a-z-]+(?: --[a-z-]+)* \0|--set '[^']*\0")
    bare = []
    for path in sources("steepness", "domains"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = [str(p.value) if isinstance(p, ast.Constant) else
                         "quoted" if "shlex." in ast.unparse(p) else "\0" for p in node.values]  # fmt: skip
                if typed.search("".join(parts)):
                    bare.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not bare


def functions() -> Iterator[tuple[int, int, str]]:
    """Lines of each function, of its statements alone (no signature, no docstring), and where it is."""
    for path in sources("steepness", "domains", "tests", "benchmarks", "docs"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                whole = (node.end_lineno or 0) - node.lineno + 1
                yield whole, lines, f"{path.relative_to(ROOT)}: {node.name}"


def test_files_and_functions_stay_short() -> None:
    long = {p.name: n for p in sources("steepness", "domains", "tests", "benchmarks", "docs")
            if (n := len(p.read_text().splitlines())) > LONGEST_FILE}  # fmt: skip
    assert not long
    found = list(functions())
    assert not [where for whole, _, where in found if whole > LONGEST_FUNCTION]
    assert sum(lines <= USUAL_FUNCTION for _, lines, _ in found) > USUAL_SHARE * len(found)


def test_what_has_more_than_four_fields_is_made_with_keywords() -> None:
    """But for `Data`: strangers' domains give its first three fields by place."""
    positional = []
    for path in sources("steepness", "domains"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                made = " ".join(map(ast.unparse, [*node.decorator_list, *node.bases, *node.keywords]))
                fields = [
                    f for f in node.body if isinstance(f, ast.AnnAssign) and "ClassVar" not in ast.unparse(f)
                ]
                generated = "dataclass" in made or "Struct" in made
                if generated and len(fields) > 4 and "kw_only=True" not in made:
                    positional.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert positional == ["steepness/domain/contract.py: Data"]


def named(node: ast.AST) -> str:
    """The name that a parameter, a field, a function or an assignment gives; empty for anything else."""
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else ""


def test_a_word_has_one_meaning() -> None:
    """`found` is what a function came upon itself, so no parameter or field; a `draw` is what the seeds decide, a
    `drawing` a picture; a value or its reason is an `Estimate`, so nothing has a `problem`.

    Answers in JSON keep the keys that they were given."""
    of_seeds, of_pictures = (
        {"study", "nightly", "cli"},
        {"press", "report", "compare", "nightly", "paper", "site"},
    )
    strays = []
    for name, path in modules().items():
        if name.startswith("steepness.cli.answers"):
            continue
        tree, here = ast.parse(path.read_text()), room(name)
        handed = [n for n in ast.walk(tree) if isinstance(n, ast.arg)]
        handed += [f.target for c in ast.walk(tree) if isinstance(c, ast.ClassDef)
                   for f in c.body if isinstance(f, ast.AnnAssign)]  # fmt: skip
        bare = {"found": handed, "problem": handed} | {
            word: list(ast.walk(tree))
            for word, rooms in (("draw", of_seeds), ("drawn", of_pictures), ("drawing", of_pictures))
            if here not in rooms
        }
        strays += [f"{name}: {word}" for word, nodes in bare.items() if any(named(n) == word for n in nodes)]
    assert not strays


@pytest.mark.parametrize(
    "program",
    [
        "import steepness.laws",
        "from steepness import fit, extrapolate, fit_joint, load_study",
        "import steepness.cli.app, steepness.report.page, steepness.paper.page, steepness.compare.stored",
    ],
)
def test_what_needs_no_training_loads_without_torch(program: str) -> None:
    """In a fresh interpreter in which torch cannot be imported at all."""
    code = f"""import sys
class Barred:
    def find_spec(self, name, *_):
        if name == "torch":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Barred())
{program}
print("fine")"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout == "fine\n", ran.stderr


def test_laws_need_numpy_and_scipy_alone() -> None:
    others = "('torch', 'matplotlib', 'msgspec', 'jinja2', 'typer', 'pandas')"
    code = f"import sys; import steepness.laws; print([m for m in {others} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_whoever_catches_everything_says_why() -> None:
    """A stranger's code is called there, or the like: on the line itself."""
    caught = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources("steepness", "domains")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.match(r"\s*except( \(?(Base)?Exception\b.*)?:\s*$", line.split("  #")[0]) and "  # " not in line
    ]
    assert not caught


def test_options_are_defined_in_one_place() -> None:
    """`tables` has those that say what a table holds, `app` --version, `schema` its own two."""
    rooms = {p.stem for p in (ROOT / "steepness" / "cli").glob("*.py") if "typer.Option(" in p.read_text()}
    assert rooms <= {"options", "tables", "app", "schema"}


def test_an_option_is_defined_once() -> None:
    """One flag, one spelling, one help, whatever type a command reads it as."""
    flags: Counter[str] = Counter()
    for path in sources("steepness/cli"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Option"):
                names = [a.value for a in node.args if isinstance(a, ast.Constant)]
                flags.update(str(name) for name in names if str(name).startswith("-"))
    assert flags
    assert not [flag for flag, times in flags.items() if times > 1]


def graph() -> str:
    """How many imports lead from room to room: `python -m tests.test_house`."""
    arrows = Counter(
        (room(name), room(target))
        for name, path in modules().items() for _, target in imports(path, types=False)
        if room(name) and room(target) not in ("", room(name))
    )  # fmt: skip
    return "\n".join(f"{here:>10} > {there:<10} {n}" for (here, there), n in sorted(arrows.items()))


if __name__ == "__main__":
    print(graph())
