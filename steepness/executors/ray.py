"""Trials on a Ray cluster: an outpost for each worker, an actor that is asked again and again what is new.

An actor has at most one call under way and nothing runs beside it. Whatever Ray says of a lost actor or node means one
thing: the worker is lost, its trial goes back to be run elsewhere, and another actor is opened.
"""

from __future__ import annotations

import logging
import math
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

import ray
import ray.exceptions

from steepness.data.files import write_atomically
from steepness.executors.base import Event, Executor, Finished, MachineTrouble, Question, Returned, Started
from steepness.executors.cluster import ROOM_SECONDS, Cluster, asked, in_short
from steepness.executors.local import GRACE_SECONDS
from steepness.executors.outpost import Orders, Outpost, Report, Saved, landmark
from steepness.executors.worker import CHECKPOINTS, Job
from steepness.training.records import find_record, write_record
from steepness.training.trial import Trial

POLL_SECONDS = 2.0
"""That an outpost with nothing to say takes to say so; longer where there are many."""
CALLS_PER_SECOND = 50.0
"""Of all outposts with nothing to say together: what is new comes at once anyway."""
SILENT_SECONDS = 300.0
"""Without an answer, after which a worker that has a trial is taken to be lost, whatever Ray says."""
_log = logging.getLogger(__name__)


class RayExecutor(Executor):
    """Workers on the nodes of a cluster; opened where there is room, and only as many as there are trials for.

    Records are written by the workers where they see the study's folder, else by this process; checkpoints likewise.

    Args:
        seconds_per_trial: after which a worker is taken to hang, and ended; its trial goes on from its checkpoint.
    """

    def __init__(self, job: Job, cluster: Cluster, seconds_per_trial: float = math.inf) -> None:
        self._job, self._cluster = job, cluster
        self._orders = Orders(
            job=job,
            device=cluster.device,
            seconds_per_trial=seconds_per_trial,
            landmark=landmark(job.study),
        )
        self._posts: list[_Post] = []
        self._waiting: deque[Trial] = deque()
        self._news: list[Event] = []
        self._bad: defaultdict[str, set[str]] = defaultdict(set)
        self._heard = time.monotonic()
        self.slots = cluster.workers

    def submit(self, trial: Trial) -> None:
        """Run a trial as soon as a worker is free."""
        self._waiting.append(trial)

    def ask(self, question: Question, trials: Sequence[Trial]) -> list[Any]:
        """The answers, in as many processes of the cluster as there is room for; see `Executor.ask`."""
        return self._cluster.run(
            asked, [(self._job, self._cluster.device, question, trial) for trial in trials]
        )

    def cancel(self, trial_id: str) -> None:
        """Stop a trial by ending its worker, or forget one that waits."""
        self._waiting = deque(trial for trial in self._waiting if trial.id != trial_id)
        self._leave([post for post in self._posts if post.trial and post.trial.id == trial_id])
        self._news = [event for event in self._news if event.trial.id != trial_id]

    def events(self) -> Sequence[Event]:
        """What has happened since the last call; see `Executor.events`."""
        while not self._news and (self._waiting or any(post.trial for post in self._posts)):
            self._open()
            self._hand_out()
            self._listen()
        news, self._news = self._news, []
        return news

    def close(self) -> None:
        """Stop every worker, giving it time to save its trial."""
        self._waiting.clear()
        self._leave(list(self._posts))

    @property
    def _patience(self) -> float:
        return max(POLL_SECONDS, len(self._posts) / CALLS_PER_SECOND)

    def _open(self) -> None:
        """As many posts as there are trials without one."""
        idle = sum(post.trial is None for post in self._posts)
        remote = ray.remote(Outpost).options(**self._cluster.takes())
        for _ in range(min(len(self._waiting) - idle, self.slots - len(self._posts))):
            self._posts.append(_Post(remote.remote(self._orders)))

    def _hand_out(self) -> None:
        for post in self._posts:
            if post.free:
                trial = self._next_for(post.host)
                if trial:
                    self._waiting.remove(trial)
                    post.begin(trial, self._saved(trial) if post.apart else {})
                    self._news.append(Started(trial))

    def _next_for(self, host: str) -> Trial | None:
        """The first that waits and did not fail there; what failed on all hosts may try any again."""
        hosts = {post.host for post in self._posts if post.opened}
        return next((t for t in self._waiting if host not in (bad := self._bad[t.id]) or bad >= hosts), None)

    def _saved(self, trial: Trial) -> Saved:
        """The trial's checkpoint, for a worker that does not see it."""
        path = self._job.checkpoint(trial).path
        return {path.name: path.read_bytes()} if path.exists() else {}

    def _listen(self) -> None:
        """For whichever posts say something; then again to those that have a trial."""
        calls = {post.call: post for post in self._posts if post.call is not None}
        for call in _answered(list(calls), POLL_SECONDS):
            self._heard = time.monotonic()
            self._receive(calls[call])
        for post in [post for post in self._posts if post.silent]:
            self._lose(post, f"has not answered for {SILENT_SECONDS:.0f} s")
        if time.monotonic() - self._heard > ROOM_SECONDS and not any(post.trial for post in self._posts):
            raise MachineTrouble(self._cluster.no_room())

    def _receive(self, post: _Post) -> None:
        try:
            report = ray.get(post.call)
        except ray.exceptions.RayError as error:
            self._lose(post, f"was lost ({in_short(error)})")
            return
        post.call, post.opened, post.host, post.apart = None, True, report.host, report.apart
        self._keep(report)
        for event in report.events:
            if isinstance(event, Finished | Returned):
                post.trial = None
            if isinstance(event, Returned) and event.counts:
                self._bad[event.trial.id].add(post.host)
        if post.trial:
            post.ask(self._patience)

    def _keep(self, report: Report) -> None:
        """Write what the worker could not write where the study is, then pass on what has happened."""
        for name, content in report.saved.items():
            path = self._job.study / CHECKPOINTS / name
            if content is None:
                path.unlink(missing_ok=True)
                continue
            try:
                write_atomically(path, content)
            except OSError as error:
                _log.warning("no checkpoint was saved: %s; the trial goes on without", error)
        for event in report.events:
            if isinstance(event, Finished) and find_record(self._job.study, event.trial.id) is None:
                write_record(self._job.study, event.record)
        self._news += [event for event in report.events if not isinstance(event, Started)]

    def _lose(self, post: _Post, how: str) -> None:
        """What became of the trial of a worker that is no more; one that never had any counts for the next in line."""
        self._posts.remove(post)
        post.kill()
        trial = post.trial or (self._waiting.popleft() if self._waiting else None)
        if trial is None:
            return
        if record := find_record(self._job.study, trial.id):
            self._news.append(Finished(record))
        else:
            self._bad[trial.id].add(post.host)
            self._news.append(Returned(trial, f"a worker of the cluster {how}"))

    def _leave(self, posts: Sequence[_Post]) -> None:
        """End workers, with time to save their trials, but for no more than that."""
        patience = GRACE_SECONDS + 2 * self._patience
        self._posts = [post for post in self._posts if post not in posts]
        try:
            calls = [call for post in posts for call in post.last_words()]
            for call in _answered(calls, patience, everyone=True):
                self._keep(_report(call))
        finally:  # ctrl-C again: now
            for post in posts:
                post.kill()


class _Post:
    """An outpost as the driver sees it: its actor, the one call that is under way, and the trial it is at."""

    def __init__(self, actor: Any) -> None:
        self.actor = actor
        self.trial: Trial | None = None
        self.opened = self.apart = False
        self.host = ""
        self.call: Any = None
        self.ask(0.0)

    @property
    def free(self) -> bool:
        """Whether it can take a trial now."""
        return self.opened and self.call is None and self.trial is None

    @property
    def silent(self) -> bool:
        """Whether it has a trial and has not answered for too long."""
        return self.trial is not None and time.monotonic() - self._asked > SILENT_SECONDS

    def begin(self, trial: Trial, saved: Saved) -> None:
        """Hand it a trial."""
        self.trial, self._asked = trial, time.monotonic()
        self.call = self.actor.begin.remote(trial, saved)

    def ask(self, seconds: float) -> None:
        """What is new?"""
        self._asked = time.monotonic()
        self.call = self.actor.news.remote(seconds)

    def last_words(self) -> list[Any]:
        """The call that is under way, and one to leave; none of a post that never answered."""
        if not self.opened:
            return []
        return [*([self.call] if self.call is not None else []), self.actor.leave.remote()]

    def kill(self) -> None:
        """End it at once; its worker follows it."""
        ray.kill(self.actor)


def _answered(calls: list[Any], seconds: float, everyone: bool = False) -> list[Any]:
    """Those calls that have an answer, as soon as one has, or everyone; in the order given."""
    if not calls:
        return []
    ray.wait(calls, num_returns=len(calls) if everyone else 1, timeout=seconds)
    ready, _ = ray.wait(calls, num_returns=len(calls), timeout=0)
    found = set(ready)
    return [call for call in calls if call in found]


def _report(call: Any) -> Report:
    """An answer, or nothing from a worker that is no more."""
    try:
        report: Report = ray.get(call)
    except ray.exceptions.RayError:
        return Report()
    return report
