"""What `--json` prints, command by command: one object, its keys documented in docs/json.md."""

from steepness.cli.answers.base import Answer
from steepness.cli.answers.compare import (
    CheckModelAnswer,
    CompareAnswer,
    ComparePlanAnswer,
    CompareTableAnswer,
)
from steepness.cli.answers.laws import (
    BacktestAnswer,
    BuyAnswer,
    FitAnswer,
    ForecastAnswer,
    JointAnswer,
    PaperAnswer,
)
from steepness.cli.answers.studies import (
    ArtefactsAnswer,
    BaselinesAnswer,
    CheckAnswer,
    ChecklistAnswer,
    DesignAnswer,
    DomainsAnswer,
    FindingsAnswer,
    NightlyAnswer,
    PlanAnswer,
    ReportAnswer,
    SiteAnswer,
    StatusAnswer,
    StudyAnswer,
)

ANSWERS: tuple[type[Answer], ...] = (
    FitAnswer, StudyAnswer, ForecastAnswer, BacktestAnswer, BuyAnswer, JointAnswer, ChecklistAnswer, PaperAnswer,
    PlanAnswer, DesignAnswer, StatusAnswer, ReportAnswer, CheckAnswer, CompareAnswer, ComparePlanAnswer,
    CompareTableAnswer,
    CheckModelAnswer, NightlyAnswer, BaselinesAnswer, SiteAnswer, DomainsAnswer, ArtefactsAnswer,
    FindingsAnswer,
)  # fmt: skip

__all__ = [
    "ANSWERS",
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
