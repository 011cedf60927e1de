"""HTML to PDF/UA-1, in a forked child that can neither fetch, linger nor swell.

The child is given the HTML, the style sheet and the fonts, closes everything else it inherited,
and hands the bytes back through a pipe. Its limits are on processor time, wall-clock time and
memory; whatever happens to it, the worker goes on and learns a reason for the reader.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import re
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
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcher

STATIC: Final = Path(__file__).resolve().parents[2] / "portal/web/static/portal"
STYLE: Final = STATIC / "report.css"
FONTS: Final = STATIC / "fonts"
ORIGIN: Final = "asset:"  # the only scheme there is in a report's HTML and CSS

POLL_SECONDS: Final = 0.1
PAGE_BYTES: Final = resource.getpagesize()
HEADER: Final = struct.Struct(">cI")
PR_SET_PDEATHSIG: Final = 1
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
# Only the fonts the style sheet brings exist: the same pages on every machine.
FONTCONFIG: Final = (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
    "<fontconfig><cachedir>{folder}</cachedir></fontconfig>"
)


class RenderFailed(Exception):
    """The PDF could not be made; the text is for the reader. `hopeless`: it never can be."""

    def __init__(self, reason: str, *, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.hopeless = hopeless


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    seconds: float
    cpu_seconds: int
    memory_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that travels inside the PDF."""

    name: str
    description: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    content: bytes
    pages: int


def render(
    html: str,
    *,
    attached: Attached,
    identifier: bytes,
    created: datetime,
    limits: Limits,
    on_progress: Callable[[str, int], None] = lambda stage, page: None,
) -> Rendered:
    """Return the PDF: the same bytes for the same arguments, on every run and machine.

    `on_progress` is told the stage (`layout`, `writing`, or `alive` when nothing is new) and the
    page; it may raise to give the render up.
    """
    import weasyprint  # noqa: F401 — slow; imported here so that children find it warm

    folder = tempfile.mkdtemp(prefix="report-")
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            _child(html, attached, identifier, created, limits, folder, writing)
        finally:
            os._exit(1)
    os.close(writing)
    try:
        return _parent(pid, reading, limits, on_progress)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        shutil.rmtree(folder, ignore_errors=True)


# The parent --------------------------------------------------------------------------------------


def _parent(
    pid: int, reading: int, limits: Limits, on_progress: Callable[[str, int], None]
) -> Rendered:
    deadline = time.monotonic() + limits.seconds
    buffer = bytearray()
    pages = 0
    while True:
        ready, _w, _x = select.select([reading], [], [], POLL_SECONDS)
        if time.monotonic() > deadline:
            raise _took_too_long(limits)
        if _resident_mb(pid) > limits.memory_mb:
            raise _too_large(limits)
        if not ready:
            on_progress("alive", pages)
            continue
        chunk = os.read(reading, 1 << 16)
        if not chunk:
            raise _ended(pid, limits)
        buffer += chunk
        for kind, payload in _frames(buffer):
            match kind:
                case b"P":
                    pages = int.from_bytes(payload, "big")
                    on_progress("layout", pages)
                case b"W":
                    on_progress("writing", pages)
                case b"R":
                    return Rendered(
                        pages=int.from_bytes(payload[:4], "big"), content=bytes(payload[4:])
                    )
                case b"M":
                    raise _too_large(limits)
                case b"F":
                    raise RenderFailed(
                        _("The report asked for more than its own fonts and styles: {what}").format(
                            what=payload.decode(errors="replace")
                        ),
                        hopeless=True,
                    )
                case _:
                    raise RenderFailed(
                        _("The pages could not be laid out ({error}).").format(
                            error=payload.decode(errors="replace")
                        )
                    )


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


def _ended(pid: int, limits: Limits) -> RenderFailed:
    _pid, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        return _took_too_long(limits)
    return RenderFailed(_("The process that lays out the pages ended unexpectedly."))


def _took_too_long(limits: Limits) -> RenderFailed:
    return RenderFailed(
        _("Laying out the pages took more than {seconds:g} seconds and was stopped.").format(
            seconds=limits.seconds
        )
    )


def _too_large(limits: Limits) -> RenderFailed:
    return RenderFailed(
        _("Laying out the pages needed more than {limit} MB of memory and was stopped.").format(
            limit=limits.memory_mb
        )
    )


# The child ---------------------------------------------------------------------------------------


def _child(
    html: str,
    attached: Attached,
    identifier: bytes,
    created: datetime,
    limits: Limits,
    folder: str,
    writing: int,
) -> NoReturn:
    pipe = _fence(limits, folder, writing)

    def send(kind: bytes, payload: bytes = b"") -> None:
        frame = HEADER.pack(kind, len(payload)) + payload
        while frame:
            frame = frame[os.write(pipe, frame) :]

    _report_progress(send)
    try:
        content, pages, refused = write_pdf(html, attached, identifier, created)
        if refused:
            send(b"F", refused[0][:200].encode())
        else:
            send(b"R", pages.to_bytes(4, "big") + content)
    except MemoryError:
        send(b"M")
    except BaseException as exc:  # whatever the libraries raise, the parent is told
        places = traceback.extract_tb(exc.__traceback__)[-3:]
        where = ", ".join(f"{Path(place.filename).name}:{place.lineno}" for place in places)
        send(b"E", f"{type(exc).__name__} at {where}".encode())  # never its text: it may be a word
    os._exit(0)


def _fence(limits: Limits, folder: str, writing: int) -> int:
    """Give up everything that the rendering does not need; return the pipe's new number."""
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


def _report_progress(send: Callable[..., None]) -> None:
    class Pages(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            page = re.search(r"Page (\d+)", record.getMessage())
            if page:
                send(b"P", int(page[1]).to_bytes(4, "big"))
            elif record.msg.startswith("Step 6"):
                send(b"W")

    logger = logging.getLogger("weasyprint.progress")
    logger.handlers, logger.propagate = [Pages()], False
    logger.setLevel(logging.INFO)


def write_pdf(
    html: str, attached: Attached, identifier: bytes, created: datetime
) -> tuple[bytes, int, list[str]]:
    """Lay out and write in this very process; return the bytes, the pages and what was refused."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    fetcher = _fetcher()
    source = {"base_url": ORIGIN, "url_fetcher": fetcher}
    font_config = FontConfiguration()
    style = weasyprint.CSS(string=style_sheet(), font_config=font_config, **source)
    document = weasyprint.HTML(string=html, media_type="print", **source).render(
        stylesheets=[style], font_config=font_config, pdf_variant="pdf/ua-1"
    )
    moment = created.astimezone(UTC)
    document.metadata.attachments = [
        weasyprint.Attachment(
            string=attached.content,
            name=attached.name,
            description=attached.description,
            created=moment,
            modified=moment,
            url_fetcher=fetcher,
        )
    ]
    document.metadata.created = document.metadata.modified = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    output = BytesIO()
    document.write_pdf(
        output, pdf_identifier=identifier, pdf_variant="pdf/ua-1", finisher=_associate
    )
    return output.getvalue(), len(document.pages), fetcher.refused


def _associate(document: Any, pdf: Any) -> None:
    """Tie the attachment to the document as its data, which the library does for PDF/A alone."""
    from weasyprint.pdf import pydyf

    files = [
        item
        for item in pdf.objects
        if isinstance(item, pydyf.Dictionary) and item.get("Type") == "/Filespec"
    ]
    for file in files:
        file["AFRelationship"] = "/Data"
    pdf.catalog["AF"] = pydyf.Array([file.reference for file in files])


@cache
def style_sheet() -> str:
    return STYLE.read_text(encoding="utf-8")


def _fetcher() -> URLFetcher:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Assets(URLFetcher):  # type: ignore[misc]  # the library has no types
        """Serves the report's own fonts by name and refuses everything else."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=(), allow_redirects=False)
            self.refused: list[str] = []

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            content = fonts().get(url)
            if content is None:
                self.refused.append(url)
                raise PermissionError("Reports use their own fonts and styles alone.")
            return URLFetcherResponse(url, content, {"Content-Type": "font/woff2"})

    return Assets()


@cache
def fonts() -> dict[str, bytes]:
    """Return the fonts by the address the style sheet gives them."""
    return {f"{ORIGIN}fonts/{path.name}": path.read_bytes() for path in FONTS.glob("*.woff2")}


@cache
def coverage() -> frozenset[int]:
    """Return the code points that the fonts have a shape for."""
    from fontTools.ttLib import TTFont  # slow, see `render`

    points: set[int] = set()
    for content in fonts().values():
        points |= TTFont(BytesIO(content)).getBestCmap().keys()
    return frozenset(points)
