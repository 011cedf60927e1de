"""The house stays simple: every module in a contract, no circle of imports, no file too long."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("portal", "assessments", "publications")
LONG, TOO_LONG = 400, 600  # lines of a file of code
CODE = sorted(
    path
    for package in (*PACKAGES, "templates", "tests")
    for path in (ROOT / package).rglob("*")
    if path.suffix in {".py", ".html", ".css", ".js"} and "migrations" not in path.parts
)


@cache
def _imports() -> dict[str, set[str]]:
    """Return the modules of this project, each with those it imports, for types too."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def _layers() -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    main = next(each for each in contracts["contracts"] if each["type"] == "layers")
    return [
        name.strip(" ()") for layer in main["layers"] for name in layer.replace("|", ":").split(":")
    ]


def _circle(imports: dict[str, set[str]]) -> list[str]:
    try:
        list(TopologicalSorter(imports).static_order())
    except CycleError as exc:
        return list(exc.args[1])
    return []


def test_every_module_stands_in_a_layer() -> None:
    layers = _layers()
    outside = [
        module
        for module in _imports()
        if not any(module == layer or module.startswith(f"{layer}.") for layer in layers)
        and not any(layer.startswith(f"{module}.") for layer in layers)  # a package of layers
    ]
    assert outside == []


def test_no_circle_of_imports() -> None:
    assert _circle(_imports()) == []


def test_a_circle_is_found() -> None:
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) != []


def _reason(path: Path) -> str:
    """Return what a file says of itself at its head: its docstring, or its first comment."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return ast.get_docstring(ast.parse(text)) or ""
    return text[:600]


def test_no_file_is_too_long() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
    assert [str(path.relative_to(ROOT)) for path in CODE if lines[path] > TOO_LONG] == []
    assert [
        str(path.relative_to(ROOT))
        for path in CODE
        if lines[path] > LONG
        and "tests" not in path.relative_to(ROOT).parts
        and "Over 400 lines" not in _reason(path)
    ] == []
