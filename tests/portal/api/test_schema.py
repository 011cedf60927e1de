"""The OpenAPI document says what the API does, and the docs page says it to people."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import URLPattern
from jsonschema import Draft202012Validator

from assessments.benchmarks.models import BenchmarkRelease
from portal import api_urls as urls
from portal.api import problems, schema
from portal.api.base import PublicView

pytestmark = pytest.mark.django_db

EXAMPLES = {"release": "demo-2025-W1", "cohort": "type:RG", "slug": "companion-glossary"}
EXAMPLES |= {"label": "IS-R07", "code": "cmi-maturity", "version": "1.0.0"}
EXAMPLES |= {"code_list": "respondent-types"}
UNDOCUMENTED = {"root", "docs", "schema", "latest-below", "release-file", "missing"}


def strict(node: Any) -> Any:
    """Return a schema in which an object may have no field that is not listed."""
    if isinstance(node, dict):
        closed = {key: strict(value) for key, value in node.items()}
        if "properties" in node and "additionalProperties" not in node:
            closed["additionalProperties"] = False
        return closed
    return [strict(each) for each in node] if isinstance(node, list) else node


def validator(operation: dict[str, Any], status: int, media_type: str) -> Draft202012Validator:
    body = operation["responses"][str(status)]["content"][media_type]["schema"]
    # The components stand where the references look for them.
    return Draft202012Validator({**strict(body), "components": strict(_components())})


def _components() -> dict[str, Any]:
    components: dict[str, Any] = schema.document()["components"]
    return components


def operations() -> list[tuple[str, dict[str, Any]]]:
    return [(path, methods["get"]) for path, methods in schema.document()["paths"].items()]


def test_the_document_is_valid_and_complete(tmp_path: Any) -> None:
    file = tmp_path / "schema.yaml"

    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(file))

    document = schema.document()
    assert document["openapi"] == "3.1.0"
    assert document["info"]["license"]["identifier"] == "CC-BY-4.0"
    assert document["servers"] == [{"url": settings.SITE_URL, "description": "This site."}]
    assert document["info"]["contact"]["url"] == f"{settings.SITE_URL}/"
    used = {operation["tags"][0] for _path, operation in operations()}
    assert {each["name"] for each in document["tags"]} == used
    documented = set(document["paths"])
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        if pattern.name not in UNDOCUMENTED:
            path = re.sub(r"<\w+:(\w+)>", r"{\1}", f"/api/{pattern.pattern}")
            assert path in documented
    assert len(documented) == len(urls.urlpatterns) - len(UNDOCUMENTED)


def test_every_operation_says_what_it_takes_gives_and_refuses() -> None:
    for path, operation in operations():
        assert set(schema.document()["paths"][path]) == {"get"}
        assert operation["summary"]
        assert operation["description"]
        assert {"400", "405", "406", "429", "503"} <= set(operation["responses"])
        assert ("404" in operation["responses"]) == ("{" in path or path.endswith("latest"))
        for status, response in operation["responses"].items():
            if status >= "400":
                assert list(response["content"]) == [problems.MEDIA_TYPE]
                assert "Link" in response["headers"]
        assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(
            operation["responses"]["429"]["headers"]
        )
        for parameter in operation["parameters"]:
            assert parameter["description"]
            # A form leaves a field empty: that counts as not given.
            assert parameter.get("allowEmptyValue", False) == (parameter["in"] == "query")


@pytest.mark.usefixtures("release")
def test_every_answer_fits_its_documented_shape(client: Any) -> None:
    call_command("load_content", verbosity=0)
    for path, operation in operations():
        url = path.format(**EXAMPLES)
        response = client.get(url)
        if path.endswith("latest"):
            assert response.status_code == 404
            validator(operation, 404, problems.MEDIA_TYPE).validate(response.json())
            continue
        assert response.status_code == 200, url
        forms = operation["responses"]["200"]["content"]
        assert any(response.headers["Content-Type"].startswith(form) for form in forms)
        if "application/json" in forms:
            validator(operation, 200, "application/json").validate(response.json())
        assert "text/csv" not in forms or (
            client.get(f"{url}?format=csv").content.decode().splitlines()[0]
            == operation["responses"]["200"]["description"].partition(schema.COLUMNS)[2]
        )


def test_the_examples_fit_their_shapes() -> None:
    for path, operation in operations():
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                examples = content.get("examples", {}).values()
                if (status, media_type) == ("200", "application/json"):
                    assert examples, path
                for example in examples:
                    validator(operation, int(status), media_type).validate(example["value"])


def test_every_parameter_and_header_has_an_example_that_fits() -> None:
    for path, operation in operations():
        headers = [
            header
            for response in operation["responses"].values()
            for header in response.get("headers", {}).values()
        ]
        for each in (*operation["parameters"], *headers):
            assert each["schema"]["examples"], (path, each)
            for example in each["schema"]["examples"]:
                Draft202012Validator(each["schema"]).validate(example)


def test_there_is_no_example_of_nothing() -> None:
    with_json = {
        operation["operationId"]
        for _path, operation in operations()
        if "application/json" in operation["responses"].get("200", {}).get("content", {})
    }
    assert {path.stem for path in schema.EXAMPLES.iterdir()} == with_json


def test_the_document_is_served_with_its_hash(client: Any) -> None:
    response = client.get("/api/schema/")
    again = client.get("/api/schema/", headers={"If-None-Match": response.headers["ETag"]})

    assert json.loads(response.content)["openapi"] == "3.1.0"
    assert again.status_code == 304


def test_the_docs_page_shows_every_operation_without_scripts_of_its_own(client: Any) -> None:
    page = client.get("/api/docs/").content.decode()

    for path, operation in operations():
        assert f'id="{operation["operationId"]}"' in page
        assert f"GET {path}" in page
    for slug in problems.KINDS:
        assert f'id="problem-{slug}"' in page
    assert not re.search(r"<script(?![^>]* src=)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_the_commands_on_the_docs_page_work(client: Any, release: BenchmarkRelease) -> None:
    call_command("load_content", verbosity=0)
    page = client.get("/api/docs/").content.decode()
    commands = re.findall(r"curl(?: -L)? &#x27;https?://[^/]+(/[^&]*(?:&amp;[^&]*)*)&#x27;", page)
    commands += re.findall(r"curl(?: -L)? '\S+?//[^/]+(/[^']*)'", page)

    assert len(commands) > 20
    for path in commands:
        status = client.get(path.replace("&amp;", "&")).status_code
        expected = {307} if "latest" in path else {200}
        expected |= {404} if "companion-information-security" in path else set()
        assert status in expected, path


def test_no_view_of_the_api_is_outside_the_common_base() -> None:
    for pattern in urls.urlpatterns:
        if pattern.name != "docs":
            view: Any = pattern.callback
            assert issubclass(view.cls, PublicView)
