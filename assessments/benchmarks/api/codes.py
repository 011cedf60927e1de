"""Code lists over the API."""

# mypy: disable-error-code="assignment"
# DRF takes fields off the class, so one called `data` or `label` hides nothing of a serializer.

from __future__ import annotations

from rest_framework.fields import CharField, URLField
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.benchmarks import codes
from assessments.questionnaires import queries
from portal.api.base import PublicView, TableView, address, envelope
from portal.api.parameters import Choice, Parameters
from portal.api.serializers import Out, Payload
from portal.vocabulary.api import COUNTRIES_TITLE


class CodeOut(Out):
    code = CharField()
    name = CharField()
    description = CharField()
    parent = CharField(allow_null=True)


class CodeListOut(Payload):
    list = CharField()
    title = CharField()
    data = CodeOut(many=True)


class CodeListRefOut(Out):
    list = CharField()
    title = CharField()
    url = URLField()


class CodeListsOut(Payload):
    data = CodeListRefOut(many=True)


class CodeLists(PublicView):
    """The code lists behind every code in this API."""

    tag = "Code lists"
    summary = "List the code lists"
    answer = CodeListsOut

    def get(self, request: Request) -> Response:
        lists = {code: str(each.title) for code, each in codes.CODE_LISTS.items()}
        lists["countries"] = COUNTRIES_TITLE
        rows = [
            {"list": code, "title": title, "url": f"{address('codes')}/{code}"}
            for code, title in lists.items()
        ]
        return Response(envelope(data=rows))


class CodeListPath(Parameters):
    code_list = Choice(
        "One of the lists at `/codes`.",
        example="respondent-types",
        choices=tuple(codes.CODE_LISTS),
    )


class CodeListDetail(TableView):
    """One code list. Names of levels, dimensions and the like are those of the current edition."""

    tag = "Code lists"
    summary = "Read a code list"
    answer = CodeListOut
    path_parameters = CodeListPath
    not_found_message = "There is no code list of that name. They are listed at /api/v1/codes."
    columns = ("code", "name", "description", "parent", "list", "licence")

    def get(self, request: Request, code_list: str) -> Response:
        edition = queries.current_edition()
        chosen = codes.CODE_LISTS[code_list]
        rows = chosen.codes(edition.content if edition else None)
        data = CodeOut(rows, many=True).data
        return Response(envelope(list=code_list, title=str(chosen.title), data=data))
