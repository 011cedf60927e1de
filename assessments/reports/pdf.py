"""HTML to PDF/UA-1: laid out and written in a sandbox, with the report's own fonts and styles."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from assessments.reports import sandbox
from assessments.reports.sandbox import Ending, Limits
from portal.web import tokens

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcher

STATIC: Final = Path(__file__).resolve().parents[2] / "portal/web/static/portal"
STYLE: Final = STATIC / "css/report.css"
FONTS: Final = STATIC / "fonts"
ORIGIN: Final = "asset:"  # the only scheme there is in a report's HTML and CSS
PAGE, WRITING, REFUSED, READY = b"P", b"W", b"F", b"R"  # frames from the sandbox


class RenderFailed(Exception):
    """The PDF could not be made; the text is for the reader. `hopeless`: it never can be."""

    def __init__(self, reason: str, *, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.hopeless = hopeless


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

    `on_progress` gets the stage (`layout`, `writing`, or `alive` when nothing is new) and the
    page; it may raise to give the render up. Raises RenderFailed.
    """
    import weasyprint  # noqa: F401 — slow; imported here so that children find it warm

    pages = 0

    def on_frame(kind: bytes, payload: bytes) -> Rendered | None:
        nonlocal pages
        if kind == REFUSED:
            raise RenderFailed(
                _("The report asked for more than its own fonts and styles: {what}").format(
                    what=payload.decode(errors="replace")
                ),
                hopeless=True,
            )
        if kind == READY:
            return Rendered(pages=int.from_bytes(payload[:4], "big"), content=payload[4:])
        if kind == PAGE:
            pages = int.from_bytes(payload, "big")
        on_progress("layout" if kind == PAGE else "writing", pages)
        return None

    try:
        return sandbox.run(
            partial(_work, html, attached, identifier, created),
            limits=limits,
            on_frame=on_frame,
            on_quiet=lambda: on_progress("alive", pages),
        )
    except sandbox.Stopped as exc:
        raise RenderFailed(_why(exc, limits)) from exc


def _why(stopped: sandbox.Stopped, limits: Limits) -> str:
    match stopped.ending:
        case Ending.TOOK_TOO_LONG:
            return _(
                "Laying out the pages took more than {seconds:g} seconds and was stopped."
            ).format(seconds=limits.seconds)
        case Ending.TOO_LARGE:
            return _(
                "Laying out the pages needed more than {limit} MB of memory and was stopped."
            ).format(limit=limits.memory_mb)
        case Ending.FAILED:
            return _("The pages could not be laid out ({error}).").format(error=stopped.detail)
        case Ending.DIED:
            return _("The process that lays out the pages ended unexpectedly.")


# In the sandbox


def _work(
    html: str, attached: Attached, identifier: bytes, created: datetime, pipe: sandbox.Pipe
) -> None:
    _report_progress(pipe)
    content, pages, refused = write_pdf(html, attached, identifier, created)
    if refused:
        pipe.send(REFUSED, refused[0][:200].encode())
    else:
        pipe.send(READY, pages.to_bytes(4, "big") + content)


def _report_progress(pipe: sandbox.Pipe) -> None:
    class Pages(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            page = re.search(r"Page (\d+)", record.getMessage())
            if page:
                pipe.send(PAGE, int(page[1]).to_bytes(4, "big"))
            elif record.msg.startswith("Step 6"):
                pipe.send(WRITING)

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
    return tokens.resolved(STYLE.read_text(encoding="utf-8"))


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
