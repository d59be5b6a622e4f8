import gzip
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from steepness.data.archives import DataError, read_member

TEXT = b"real words\n" * 1000


@pytest.mark.parametrize("kind", ["tar.gz", "zip", "deb"])
def test_reads_a_member_of_each_kind_of_archive(kind, archives, tmp_path):
    path = tmp_path / f"set.{kind}"
    path.write_bytes(archives[kind]({"other": b"no", "data/set.txt": TEXT}))
    assert read_member(path, "data/set.txt") == TEXT


def test_reads_through_archives_within_archives(archives, tmp_path):
    inner = archives["zip"]({"fra.txt": TEXT})
    path = tmp_path / "sdist.tar.gz"
    path.write_bytes(archives["tar.gz"]({"p-1/data/fra.zip": inner, "p-1/data/text.gz": gzip.compress(TEXT)}))
    assert read_member(path, "p-1/data/fra.zip", "fra.txt") == TEXT
    assert read_member(path, "p-1/data/text.gz", "text") == TEXT
    assert read_member(path) == path.read_bytes()


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="builds a zstd package with dpkg-deb")
def test_reads_debian_packages_packed_with_zstd(tmp_path):
    (tmp_path / "tree/DEBIAN").mkdir(parents=True)
    (tmp_path / "tree/DEBIAN/control").write_text(
        "Package: p\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: test\n"
    )
    (tmp_path / "tree/set.txt").write_bytes(TEXT)
    build = ["dpkg-deb", "-Zzstd", "--build", tmp_path / "tree", tmp_path / "p.deb"]
    if subprocess.run(build, capture_output=True, check=False).returncode:
        pytest.skip("this dpkg-deb has no zstd")
    assert b"data.tar.zst" in (tmp_path / "p.deb").read_bytes()
    assert read_member(tmp_path / "p.deb", "set.txt") == TEXT


def test_says_which_member_is_missing(archives, tmp_path):
    for kind, pack in archives.items():
        path = tmp_path / f"set.{kind}"
        path.write_bytes(pack({"set.txt": TEXT}))
        with pytest.raises(DataError, match=r"no member gone\.txt"):
            read_member(path, "gone.txt")


@pytest.mark.parametrize("kind", ["tar.gz", "zip", "deb"])
def test_a_cut_archive_is_called_damaged(kind, archives, tmp_path):
    whole = archives[kind]({"set.txt": bytes(range(256)) * 4000})
    path = tmp_path / f"set.{kind}"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(DataError, match="damaged"):
        read_member(path, "set.txt")


def test_what_is_no_archive_is_said_to_be_none(tmp_path):
    (tmp_path / "set.txt").write_bytes(TEXT)
    with pytest.raises(DataError, match="not an archive"):
        read_member(tmp_path / "set.txt", "set.txt")


def test_links_in_an_archive_are_not_followed(tmp_path: Path):
    (tmp_path / "secret").write_text("outside")
    with tarfile.open(tmp_path / "set.tar", "w") as tar:
        link = tarfile.TarInfo("set.txt")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "secret")
        tar.addfile(link)
    with pytest.raises(DataError, match="no member"):
        read_member(tmp_path / "set.tar", "set.txt")
