"""What `--json` prints, command by command: one object, its keys documented in docs/json.md."""

from steepness.cli.answers.base import Answer
from steepness.cli.answers.compare import (
    CheckModelAnswer,
    CompareAnswer,
    ComparePlanAnswer,
    CompareTableAnswer,
)
from steepness.cli.answers.curves import PaperAnswer, StudyAnswer
from steepness.cli.answers.decisions import BacktestAnswer, BuyAnswer, JointAnswer
from steepness.cli.answers.laws import FitAnswer, ForecastAnswer
from steepness.cli.answers.nightly import BaselinesAnswer, NightlyAnswer
from steepness.cli.answers.studies import (
    AddedAnswer,
    ArtefactsAnswer,
    CheckAnswer,
    ChecklistAnswer,
    DesignAnswer,
    DomainsAnswer,
    FetchedAnswer,
    FindingsAnswer,
    PlanAnswer,
    ReportAnswer,
    SiteAnswer,
    StatusAnswer,
)

ANSWERS: tuple[type[Answer], ...] = (
    FitAnswer,
    StudyAnswer,
    ForecastAnswer,
    BacktestAnswer,
    BuyAnswer,
    JointAnswer,
    ChecklistAnswer,
    PaperAnswer,
    PlanAnswer,
    DesignAnswer,
    StatusAnswer,
    ReportAnswer,
    CheckAnswer,
    FindingsAnswer,
    CompareAnswer,
    ComparePlanAnswer,
    CompareTableAnswer,
    CheckModelAnswer,
    NightlyAnswer,
    BaselinesAnswer,
    SiteAnswer,
    DomainsAnswer,
    ArtefactsAnswer,
    FetchedAnswer,
    AddedAnswer,
)

__all__ = [
    "ANSWERS",
    "AddedAnswer",
    "Answer",
    "ArtefactsAnswer",
    "BacktestAnswer",
    "BaselinesAnswer",
    "BuyAnswer",
    "CheckAnswer",
    "CheckModelAnswer",
    "ChecklistAnswer",
    "CompareAnswer",
    "ComparePlanAnswer",
    "CompareTableAnswer",
    "DesignAnswer",
    "DomainsAnswer",
    "FetchedAnswer",
    "FindingsAnswer",
    "FitAnswer",
    "ForecastAnswer",
    "JointAnswer",
    "NightlyAnswer",
    "PaperAnswer",
    "PlanAnswer",
    "ReportAnswer",
    "SiteAnswer",
    "StatusAnswer",
    "StudyAnswer",
]
