"""Every argument and option of the commands, each once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer


def minutes(text: str) -> float:
    """Minutes in "8m", "4h", "1h30m", "90s" or a bare number of minutes.

    Raises:
        ValueError: it is none of these.
    """
    found = re.fullmatch(r"(?:([\d.]+)h)?(?:([\d.]+)m?)?(?:([\d.]+)s)?", text.strip().lower())
    if not found or not any(found.groups()):
        raise ValueError(f'"{text}" is no time: write it as 8m, 4h, 1h30m or 90s')
    hours, minute, seconds = (float(part or 0) for part in found.groups())
    return 60 * hours + minute + seconds / 60


Domain = Annotated[str, typer.Argument(help='A domain, e.g. word_lm, or "package.module:Class".')]
Model = Annotated[
    str, typer.Argument(help='A model by name, "package.module:Class" or "/path/file.py:Class".')
]
StudyPath = Annotated[Path, typer.Argument(help="A study's folder, e.g. results/word_lm-cpu.")]

PresetName = Annotated[
    str,
    typer.Option("--preset", "-p", help="smoke, cpu, gpu, paper, another of the domain, or a .toml file."),
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="key=value over the preset, e.g. training.max_epochs=5.")
]
Also = Annotated[
    list[str] | None,
    typer.Option(
        "--also", help="Other data to evaluate on besides, e.g. text:/reviews.txt; may be repeated."
    ),
]
Results = Annotated[Path, typer.Option("--results", help="Folder that holds what is trained.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:0.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Parallel trials; default: cores.")]
ExecutorName = Annotated[
    str, typer.Option("--executor", help="Where trials run: local, on this machine; or ray, on a cluster.")
]
Address = Annotated[
    str, typer.Option("--address", help="Of the Ray cluster, HOST:PORT or auto; default: one for this run.")
]
Offline = Annotated[bool, typer.Option("--offline", help="Never open a connection.")]
StudyBudget = Annotated[
    float | None,
    typer.Option(
        "--budget", parser=minutes, metavar="TIME",
        help="How long the study may take in all on this machine, e.g. 8m; a larger one later goes on from there.",
    ),
]  # fmt: skip
Precision = Annotated[
    float | None,
    typer.Option("--precision", help="With a budget: stop when the exponent is known to +- this, e.g. 0.01."),
]
Track = Annotated[
    str | None, typer.Option("--track", help="Also write every trial to tensorboard, mlflow or wandb.")
]
TrialLimit = Annotated[
    float | None,
    typer.Option(
        "--trial-limit", parser=minutes, metavar="TIME",
        help="End and retry a trial's worker that takes longer, e.g. 6h: it is taken to hang.",
    ),
]  # fmt: skip
Retry = Annotated[bool, typer.Option("--retry", help="Run failed trials again.")]

Baseline = Annotated[str, typer.Option("--baseline", help="The model to beat, by name or import path.")]
Candidate = Annotated[
    str | None, typer.Option("--candidate", help="The new model; default: the baseline's, set otherwise.")
]
BaselineSettings = Annotated[
    list[str] | None, typer.Option("--baseline-set", help="key=value for the baseline alone.")
]
CandidateSettings = Annotated[
    list[str] | None,
    typer.Option("--candidate-set", help="key=value for the candidate alone, e.g. training.optimizer=sgd."),
]
Margin = Annotated[
    float | None,
    typer.Option(
        "--margin", min=0.1,
        help="Percent by which what counts as the same may differ: 10 of an exponent and 5 of errors, if it is not "
        "given; of a comparison that is answered again as it was.",
    ),
]  # fmt: skip
Gpus = Annotated[
    int | None, typer.Option("--gpus", min=1, help="On so many GPUs instead of this machine: how long?")
]
Teraflops = Annotated[
    float | None,
    typer.Option(
        "--teraflops", min=1e-6, help="With --gpus: what one sustains, if none is here to be measured."
    ),
]
HalfWidth = Annotated[
    float | None,
    typer.Option("--half-width", min=1e-6, help="Of the exponent's interval: what shows it so well?"),
]
Like = Annotated[
    Path | None, typer.Option("--like", help="A finished study whose noise to expect; the smoke one.")
]
Comparisons = Annotated[list[Path], typer.Argument(help="Folders that hold comparisons.")]
PlanOnly = Annotated[bool, typer.Option("--plan", help="Say what it costs; train nothing.")]

DomainNames = Annotated[
    list[str] | None,
    typer.Option("--domain", help="A domain, by name or path; may be repeated. All, if none."),
]
Baselines = Annotated[Path | None, typer.Option("--baselines", help="Folder of stored runs.")]
Draw = Annotated[int | None, typer.Option("--draw", help="Names the seeds; the date does, otherwise.")]
MakeBaseline = Annotated[bool, typer.Option("--make-baseline", help="Store runs for later nights.")]

Level = Annotated[float, typer.Option("--level", help="Confidence of the intervals, e.g. 0.95.")]
_FORM = typer.Option(
    "--form",
    help="The law to quote: auto; power or power_constant of a curve; chinchilla or another of a joint law.",
)
Form = Annotated[str | None, _FORM]
JointForm = Annotated[str, _FORM]
Chance = Annotated[float | None, typer.Option("--chance", help="The error of guessing.")]
Constant = Annotated[
    float | None, typer.Option("--constant", min=0, help="A floor that is known, e.g. 1.69.")
]
At = Annotated[list[float] | None, typer.Option("--at", help="An m to forecast; may be repeated.")]
_TARGET = typer.Option("--target", help="The error to reach.")
Target = Annotated[float | None, _TARGET]
Reach = Annotated[float, _TARGET]
PlotFile = Annotated[Path | None, typer.Option("--plot", help="Draw the picture there: .svg or .png.")]
Page = Annotated[Path | None, typer.Option("--page", help="Write the page there, e.g. curve.html.")]

Parameters = Annotated[str | None, typer.Option("--n", help="Column of the models' parameters.")]
Data = Annotated[str | None, typer.Option("--d", help="Column of the data trained on.")]
Unique = Annotated[str | None, typer.Option("--unique", help="Column of the distinct data among it.")]
Flops = Annotated[list[float] | None, typer.Option("--flops", help="A budget to split; may be repeated.")]
NextFlops = Annotated[float | None, typer.Option("--next-flops", help="FLOPs that the next run may take.")]

Narrow = Annotated[str, typer.Option("--narrow", help="What it is to narrow: params, error, or a parameter.")]
Price = Annotated[float, typer.Option("--price", help="Of one unit of data.")]
Penalty = Annotated[float, typer.Option("--penalty", help="Of missing the target, in the price's currency.")]
Rounds = Annotated[int, typer.Option("--rounds", min=1, help="How often data can be ordered.")]
Most = Annotated[float | None, typer.Option("--most", help="All the data there is, in hand included.")]

Source = Annotated[Path, typer.Argument(help="A folder of studies and comparisons, e.g. results/published.")]
Out = Annotated[Path, typer.Option("--out", help="Folder that the site goes into.")]
Nights = Annotated[Path | None, typer.Option("--nights", help="Folder of nights, e.g. results/nightly.")]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Names = Annotated[bool, typer.Option("--names", help="Names alone, one a line.")]
