"""A night: every domain's nightly preset with seeds of its own, held against stored runs, and written down."""

from __future__ import annotations

import itertools
import logging
import shlex
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from steepness.data.files import write_json
from steepness.executors.worker import in_words
from steepness.laws.amounts import counted
from steepness.nightly.baseline import SESSIONS, SETS, Baseline, find_baseline, machine_class, write_baseline
from steepness.nightly.judge import FALSE_ALARM, Statistic, judge, suspicious
from steepness.nightly.observation import Observation
from steepness.nightly.runs import Plan, checked_preset, run_domain, with_sessions
from steepness.training.device import commit, describe_machine, pick_device
from steepness.training.records import decode

RECORD = "night.json"
SCHEMA = 2
NIGHT_SESSIONS = 2
"""Of throughput and memory in a night."""
MORE_SESSIONS = 4
"""When the first ones differ by enough for an alarm; all together then decide."""
NIGHTS_A_DAY = 100
_log = logging.getLogger(__name__)


class Night(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a night; written once, never changed."""

    schema: int = SCHEMA
    name: str
    """The day, and a number if it was not the day's first."""
    started: str
    """UTC, ISO 8601."""
    seconds: float
    command: str
    commit: str
    machine_class: str
    draw: int
    """Names the seeds: a domain's first is `draw` times its preset's number of seeds."""
    false_alarm: float = FALSE_ALARM
    """Chance of any alarm in a night without change, at most."""
    notes: list[str] = []
    """What was not judged, and why."""
    problems: list[str] = []
    """Domains that could not be run or judged, and why."""
    statistics: list[Statistic] = []
    observations: list[Observation] = []

    @property
    def alarms(self) -> list[Statistic]:
        """The statistics that moved."""
        return [statistic for statistic in self.statistics if statistic.alarming]

    @property
    def exit_code(self) -> int:
        """1 if a statistic moved, else 2 if a domain could not be judged, else 0."""
        return 1 if self.alarms else 2 if self.problems else 0


def run_night(plan: Plan, day: date | None = None, draw: int | None = None) -> tuple[Night, Path]:
    """Run and judge a night, and write its record.

    Args:
        day: names the night; today (UTC) unless given.
        draw: names the seeds; by default every night of every day draws others.
    Returns:
        The night and its folder, which holds the record and the studies.
    Raises:
        OSError: there can be no such folder.
    """
    started, start = datetime.now(UTC), time.perf_counter()
    folder, number = _open_folder(plan.results, day or started.date())
    draw = number if draw is None else draw
    here = machine_class(describe_machine(pick_device(plan.device)))
    pairs, notes, problems = [], list[str](), list[str]()
    for domain in plan.domains:
        try:
            seen, base = _run(plan, domain, folder, draw, here)
            judge([(seen, base)], {seen.domain: base.machine_class == here})  # what fails alone fails here
        except (Exception, SystemExit) as error:  # one domain's failure, whatever it is, is not the others'
            problems.append(f"{domain}: {_said(error)}")
            continue
        pairs.append((seen, base))
        if base.machine_class != here:
            notes.append(_other_machine(seen.domain, base, here))
        elif not base.observation.memory:
            notes.append(_no_memory(seen.domain))
    same = {seen.domain: base.machine_class == here for seen, base in pairs}
    night = Night(
        name=folder.name,
        started=started.isoformat(timespec="seconds"),
        seconds=time.perf_counter() - start,
        command=again(plan.domains, "--draw", str(draw)),
        commit=commit(),
        machine_class=here,
        draw=draw,
        notes=notes,
        problems=problems,
        statistics=judge(pairs, same),
        observations=[seen for seen, _ in pairs],
    )
    return _kept(night, folder), folder


def _said(error: BaseException) -> str:
    """What went wrong, for the user: our own errors are sentences, a stranger's need their kind and place."""
    ours = isinstance(error, ValueError | RuntimeError | OSError) and str(error)
    return str(error).encode("utf-8", "backslashreplace").decode() if ours else in_words(error)


def _kept(night: Night, folder: Path) -> Night:
    """The night, on disk; if it cannot be written, that is one more of its problems, and hides no alarm."""
    try:
        write_json(folder / RECORD, night)
    except OSError as error:
        return msgspec.structs.replace(night, problems=[*night.problems, f"not stored: {error}"])
    return night


def again(domains: Iterable[str], *words: str) -> str:
    """What to type to run a night, or to make baselines, of these domains."""
    return shlex.join(["steepness", "nightly", *words, *itertools.chain(*(("--domain", d) for d in domains))])


def _open_folder(results: Path, day: date) -> tuple[Path, int]:
    """A new folder, as yesterday's code must not answer for today's, and the number of its draw of seeds."""
    for turn in itertools.count(1):
        folder = results / (day.isoformat() if turn == 1 else f"{day.isoformat()}-{turn}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder, day.toordinal() * NIGHTS_A_DAY + turn
    raise AssertionError


def _run(plan: Plan, domain: str, folder: Path, draw: int, here: str) -> tuple[Observation, Baseline]:
    from steepness.domain import domain_class

    name = domain_class(domain).name
    base = find_baseline(plan.baselines, name, here)
    if base is None:
        raise ValueError(
            f"no baseline in {plan.baselines}; make one with `{again([domain], '--make-baseline')}`"
        )
    study, seen = run_domain(plan, domain, checked_preset(domain, plan.preset), folder, draw)
    plan.say(f"{name}: {counted(len(study.records), 'trial')} in {seen.seconds:.0f} s")
    if base.machine_class == here:
        seen, _ = with_sessions(plan, seen, study, base.steps, NIGHT_SESSIONS)
        if suspicious(seen, base):
            plan.say(f"{name}: measuring throughput and memory again")
            seen, _ = with_sessions(plan, seen, study, base.steps, MORE_SESSIONS)
    return seen, base


def _other_machine(domain: str, base: Baseline, here: str) -> str:
    return (
        f"{domain}: no baseline of this class of machine ({here}); errors are held against {base.machine_class}, "
        f"throughput and memory are not judged. Make one with `{again([domain], '--make-baseline')}`"
    )


def _no_memory(domain: str) -> str:
    return (
        f"{domain}: the baseline has no memory, so that is not judged. Make it again with "
        f"`{again([domain], '--make-baseline')}`"
    )


def make_baseline(plan: Plan, domain: str, scratch: Path) -> Path:
    """Run the preset with `SETS` times its seeds, measure throughput and memory, and store it all.

    Args:
        scratch: an empty folder for the study; a study of other code must not go on in it.
    Returns:
        The path of the baseline.
    Raises:
        ValueError: a trial came to nothing: a baseline of a broken state would hide the fault.
    """
    preset = checked_preset(domain, plan.preset)
    study, seen = run_domain(plan, domain, preset, scratch, 0, SETS)
    plan.say(f"{seen.domain}: {counted(len(study.records), 'trial')} in {seen.seconds:.0f} s")
    if seen.lost:
        raise ValueError(f"no baseline of {domain}: {seen.lost[0]}")
    seen, steps = with_sessions(plan, seen, study, {}, SESSIONS)
    baseline = Baseline(
        machine_class=machine_class(seen.machine),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=again([domain], "--make-baseline"),
        steps=steps,
        observation=seen,
    )
    return write_baseline(plan.baselines, baseline)


def read_nights(results: Path) -> list[Night]:
    """All nights of a folder, the oldest first; what cannot be read is left out with a warning that names it."""
    nights = []
    for path in sorted(results.glob(f"*/{RECORD}")):
        try:
            nights.append(_read(path))
        except (OSError, ValueError) as error:
            _log.warning("left out: %s", error)
    return sorted(nights, key=lambda night: night.started)


def _read(path: Path) -> Night:
    night: Night = decode(path, Night, "move it away")
    if night.schema != SCHEMA:
        raise ValueError(f"{path}: night schema {night.schema}, this version reads {SCHEMA}; move it away")
    return night
