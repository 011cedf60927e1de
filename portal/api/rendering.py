"""The formats of the API, and how a client chooses between them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.renderers import JSONRenderer as PlainJSONRenderer
from rest_framework.request import Request

from assessments.disclosure.exchange.tables import cell
from portal.api.problems import Problem

JSON, CSV = "application/json", "text/csv"


class JSONRenderer(PlainJSONRenderer):
    def get_indent(self, accepted_media_type: str, renderer_context: Any) -> None:
        """Return None: one address has one body, whatever `Accept` says about indentation."""
        return


class CSVRenderer(BaseRenderer):
    """Writes the rows under `data` in the columns that the view names."""

    media_type = CSV
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        assert renderer_context is not None
        return csv_table(data["data"], renderer_context["view"].columns, shared=data)


def csv_table(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, shared: Mapping[str, Any]
) -> bytes:
    """Return rows as CSV (RFC 4180, UTF-8). A column `wave.code` reaches into `wave`.

    A column that a row lacks is taken from `shared`, so that a row names its release and licence
    wherever it ends up. A text that a spreadsheet would run as a formula gets an apostrophe.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(column.replace(".", "_") for column in columns)
    for row in rows:
        writer.writerow(cell(_value(row, column, shared)) for column in columns)
    return file.getvalue().encode()


def _value(row: Mapping[str, Any], column: str, shared: Mapping[str, Any]) -> Any:
    first, *rest = column.split(".")
    value = row[first] if first in row else shared.get(first)
    for key in rest:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


class Form(BaseRenderer):
    """A format whose bytes the view has made, and what the documentation says of it."""

    version = ""  # what the media type's parameter of that name must be, if it is given
    shape: ClassVar[dict[str, str]] = {"type": "string"}
    example = ""

    @classmethod
    def full_type(cls) -> str:
        return f"{cls.media_type};version={cls.version}" if cls.version else str(cls.media_type)


class SdmxCSV(Form):
    media_type, version = "application/vnd.sdmx.data+csv", "2.0.0"
    format = "sdmx-csv"
    example = (
        "STRUCTURE,STRUCTURE_ID,ACTION,COHORT,MEASURE,VIEW,STATISTIC,TIME_PERIOD,OBS_VALUE,"
        "OBS_STATUS,CONF_STATUS,UNIT_MEASURE,ROUNDING,N_BAND,N,DECIMALS,RELEASE,LICENCE\r\n"
        "dataflow,CMI:BENCHMARK_DEMO(2025.1.1),I,type_RG,index,declared,median,2025-12-31,65,"
        "A,F,points,5,45-99,,0,demo-2025-W1 r1,CC-BY-4.0\r\n"
    )


class SdmxJSON(Form):
    media_type, version = "application/vnd.sdmx.data+json", "2.0.0"
    format = "sdmx-json"
    shape: ClassVar[dict[str, str]] = {"type": "object"}


class SdmxML(Form):
    media_type, version = "application/vnd.sdmx.structure+xml", "3.0.0"
    format = "sdmx-ml"
    example = (
        '<str:Dataflow agencyID="CMI" id="BENCHMARK_DEMO" version="2025.1.1">'
        '<com:Name xml:lang="en">Benchmark of carbon market infrastructure, release demo-2025-W1 '
        "(demonstration from synthetic organisations)</com:Name><str:Structure>"
        "urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=CMI:BENCHMARK_DEMO(2025.1.1)"
        "</str:Structure></str:Dataflow>"
    )


class Zip(Form):
    media_type = "application/zip"
    format = "zip"
    shape: ClassVar[dict[str, str]] = {"type": "string", "format": "binary"}


class Negotiation(DefaultContentNegotiation):
    """Takes `?format=` before `Accept`, and refuses a format that is not offered."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        offered = list(renderers)
        asked = request.query_params.get("format")
        if asked:
            for renderer in offered:
                if renderer.format == asked:
                    return renderer, str(renderer.media_type)
            raise _not_offered(offered)
        accepted: list[str] = self.get_accept_list(request)
        for renderer in sorted(offered, key=lambda each: _preference(each, accepted), reverse=True):
            if _preference(renderer, accepted) > 0:
                return renderer, str(renderer.media_type)
        raise _not_offered(offered)


def _not_offered(offered: Sequence[BaseRenderer]) -> Problem:
    formats = [str(renderer.format) for renderer in offered]
    return Problem(
        "not-acceptable",
        f"That format is not offered here. Set format to {' or '.join(formats)}, or leave format "
        "and Accept out.",
        known=formats,
    )


def _preference(renderer: BaseRenderer, accepted: Sequence[str]) -> float:
    """Return the weight that an `Accept` header gives a format, 0 where it has none."""
    media_type = str(renderer.media_type)
    kind = media_type.partition("/")[0]
    best = (-1, 0.0)
    for entry in accepted:
        name, *parameters = (part.strip().lower() for part in entry.split(";"))
        exactness = {media_type: 2, f"{kind}/*": 1, "*/*": 0}.get(name)
        if exactness == 2 and not _has_version(renderer, parameters):
            continue
        if exactness is not None and exactness > best[0]:
            best = exactness, _weight(parameters)
    return best[1]


def _has_version(renderer: BaseRenderer, parameters: Iterable[str]) -> bool:
    """Say whether a format is in the version that is asked for, if one is."""
    asked = [
        value
        for name, _, value in (each.partition("=") for each in parameters)
        if name == "version"
    ]
    return not isinstance(renderer, Form) or asked in ([], [renderer.version])


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
