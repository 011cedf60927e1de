"""A forked child for one piece of work, which can neither fetch, linger nor swell.

The child closes everything it inherited but one pipe, through which it hands frames of bytes to
its parent. Its limits are on processor time, wall-clock time and memory; whatever happens to it,
the parent goes on and learns what it was.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import select
import shutil
import signal
import struct
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, NoReturn, TypeVar

POLL_SECONDS: Final = 0.1
PAGE_BYTES: Final = resource.getpagesize()
HEADER: Final = struct.Struct(">cI")
OUT_OF_MEMORY, ERROR = b"M", b"E"  # frames of the sandbox itself; a work's own use other letters
PR_SET_PDEATHSIG: Final = 1
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
# Only the fonts the style sheet brings exist: the same pages on every machine.
FONTCONFIG: Final = (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
    "<fontconfig><cachedir>{folder}</cachedir></fontconfig>"
)

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    seconds: float
    cpu_seconds: int
    memory_mb: int


class Ending(Enum):
    """How a work ended that has no outcome."""

    TOOK_TOO_LONG = "took too long"
    TOO_LARGE = "too large"
    FAILED = "failed"
    DIED = "died"


class Stopped(Exception):
    """The work has no outcome. `detail` names the kind and place of its error, never its text."""

    def __init__(self, ending: Ending, detail: str = "") -> None:
        super().__init__(ending.value)
        self.ending, self.detail = ending, detail


class Pipe:
    """The child's end: one frame at a time, a letter and some bytes."""

    def __init__(self, number: int) -> None:
        self.number = number

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        frame = HEADER.pack(kind, len(payload)) + payload
        while frame:
            frame = frame[os.write(self.number, frame) :]


def run(
    work: Callable[[Pipe], None],
    *,
    limits: Limits,
    on_frame: Callable[[bytes, bytes], Outcome | None],
    on_quiet: Callable[[], None],
) -> Outcome:
    """Do `work` in a child and return the first outcome that `on_frame` makes of its frames.

    `on_quiet` is called when nothing has come for a moment. Both may raise to give the work up.
    Raises Stopped when the child passes a limit, fails or ends without an outcome.
    """
    folder = tempfile.mkdtemp(prefix="report-")
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            _child(work, limits, folder, writing)
        finally:
            os._exit(1)
    os.close(writing)
    try:
        return _parent(pid, reading, limits, on_frame, on_quiet)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        shutil.rmtree(folder, ignore_errors=True)


# The parent


def _parent(
    pid: int,
    reading: int,
    limits: Limits,
    on_frame: Callable[[bytes, bytes], Outcome | None],
    on_quiet: Callable[[], None],
) -> Outcome:
    deadline = time.monotonic() + limits.seconds
    buffer = bytearray()
    while True:
        ready, _w, _x = select.select([reading], [], [], POLL_SECONDS)
        if time.monotonic() > deadline:
            raise Stopped(Ending.TOOK_TOO_LONG)
        if _resident_mb(pid) > limits.memory_mb:
            raise Stopped(Ending.TOO_LARGE)
        if not ready:
            on_quiet()
            continue
        chunk = os.read(reading, 1 << 16)
        if not chunk:
            raise Stopped(_ending_of(pid))
        buffer += chunk
        for kind, payload in _frames(buffer):
            if kind == OUT_OF_MEMORY:
                raise Stopped(Ending.TOO_LARGE)
            if kind == ERROR:
                raise Stopped(Ending.FAILED, payload.decode(errors="replace"))
            outcome = on_frame(kind, payload)
            if outcome is not None:
                return outcome


def _frames(buffer: bytearray) -> Iterator[tuple[bytes, bytes]]:
    """Take the complete frames off the front of the buffer."""
    while len(buffer) >= HEADER.size:
        kind, length = HEADER.unpack_from(buffer)
        if len(buffer) < HEADER.size + length:
            return
        payload = bytes(buffer[HEADER.size : HEADER.size + length])
        del buffer[: HEADER.size + length]
        yield kind, payload


def _resident_mb(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:  # it ended, or this system has no /proc; then the child's own limit stands
        return 0.0
    return int(fields[1]) * PAGE_BYTES / 2**20


def _ending_of(pid: int) -> Ending:
    _pid, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        return Ending.TOOK_TOO_LONG
    return Ending.DIED


# The child


def _child(work: Callable[[Pipe], None], limits: Limits, folder: str, writing: int) -> NoReturn:
    pipe = Pipe(fence(limits, folder, writing))
    try:
        work(pipe)
    except MemoryError:
        pipe.send(OUT_OF_MEMORY)
    except BaseException as exc:  # whatever the libraries raise, the parent learns of it
        places = traceback.extract_tb(exc.__traceback__)[-3:]
        where = ", ".join(f"{Path(place.filename).name}:{place.lineno}" for place in places)
        # Never its text, which may quote an answer.
        pipe.send(ERROR, f"{type(exc).__name__} at {where}".encode())
    os._exit(0)


def fence(limits: Limits, folder: str, writing: int) -> int:
    """Give up everything that the work does not need; return the pipe's new number."""
    os.setsid()  # Ctrl-C and the like reach the worker, which ends this process itself
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGCHLD, signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # No network at all, where the kernel allows; the fetcher refuses everything in any case.
    libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    os.dup2(writing, 3)  # database connections, sockets and files of the worker end here
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (32 << 20, 32 << 20))  # unpacked fonts, no more
    size, resident = (int(n) * PAGE_BYTES for n in Path("/proc/self/statm").read_text().split()[:2])
    space = size - resident + (limits.memory_mb << 20)
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    tempfile.tempdir = folder
    config = Path(folder) / "fonts.conf"
    config.write_text(FONTCONFIG.format(folder=folder))
    os.environ["FONTCONFIG_FILE"] = str(config)
    os.environ["HOME"] = os.environ["XDG_CACHE_HOME"] = folder
    # One document and the end: looking for cycles costs a sixth of the time and frees little, and
    # would copy the pages shared with the worker.
    gc.disable()
    return 3
