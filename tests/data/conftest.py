"""A loopback HTTP server and small archives for the tests of data sets."""

import io
import lzma
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Loopback(ThreadingHTTPServer):
    """Serves `files`; breaks off each of the first `breaks` answers halfway."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, tuple[str, bytes]] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.breaks = 0
        self.ranges = True

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def put(self, path: str, body: bytes, kind: str = "application/octet-stream") -> str:
        self.files[path] = (kind, body)
        return self.url(path)


class _Handler(BaseHTTPRequestHandler):
    server: Loopback

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.requests.append((self.path, wanted))
        if self.path not in self.server.files:
            return self.send_error(404)
        kind, body = self.server.files[self.path]
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.server.ranges else 0
        if start >= len(body):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(self._cut(body[start:]))
        return None

    def _cut(self, body: bytes) -> bytes:
        if not self.server.breaks:
            return body
        self.server.breaks -= 1
        return body[: len(body) // 2]

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Loopback]:
    loopback = Loopback()
    threading.Thread(target=loopback.serve_forever, args=(0.01,), daemon=True).start()
    yield loopback
    loopback.shutdown()
    loopback.server_close()


def tar_of(members: dict[str, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def zip_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def deb_of(members: dict[str, bytes]) -> bytes:
    data = lzma.compress(tar_of({f"./{name}": content for name, content in members.items()}, "w"))
    parts = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", "data.tar.xz": data}
    headers = {
        name: f"{name:<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(part):<10}`\n" for name, part in parts.items()
    }
    padded = {name: part + b"\n" * (len(part) % 2) for name, part in parts.items()}
    return b"!<arch>\n" + b"".join(headers[name].encode() + padded[name] for name in parts)


@pytest.fixture
def archives() -> dict[str, Callable[[dict[str, bytes]], bytes]]:
    return {"tar.gz": tar_of, "zip": zip_of, "deb": deb_of}
