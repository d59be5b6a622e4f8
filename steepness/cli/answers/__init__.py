"""What `--json` prints, command by command: one object, its keys documented in docs/json.md."""

from steepness.cli.answers.base import Answer
from steepness.cli.answers.compare import CheckModelAnswer, CompareAnswer, ComparePlanAnswer
from steepness.cli.answers.laws import FitAnswer, ForecastAnswer, PaperAnswer
from steepness.cli.answers.studies import (
    ArtefactsAnswer,
    BaselinesAnswer,
    DomainsAnswer,
    NightlyAnswer,
    PlanAnswer,
    ReportAnswer,
    StatusAnswer,
    StudyAnswer,
)

ANSWERS: tuple[type[Answer], ...] = (
    FitAnswer, StudyAnswer, ForecastAnswer, PaperAnswer, PlanAnswer, StatusAnswer, ReportAnswer, CompareAnswer,
    ComparePlanAnswer, CheckModelAnswer, NightlyAnswer, BaselinesAnswer, DomainsAnswer, ArtefactsAnswer,
)  # fmt: skip

__all__ = [
    "ANSWERS",
    "Answer",
    "ArtefactsAnswer",
    "BaselinesAnswer",
    "CheckModelAnswer",
    "CompareAnswer",
    "ComparePlanAnswer",
    "DomainsAnswer",
    "FitAnswer",
    "ForecastAnswer",
    "NightlyAnswer",
    "PaperAnswer",
    "PlanAnswer",
    "ReportAnswer",
    "StatusAnswer",
    "StudyAnswer",
]
