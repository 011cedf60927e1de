"""A release as SDMX messages: the structure in SDMX-ML 3.0, the data in SDMX-CSV and SDMX-JSON 2.0.

The messages of a demonstration are marked as tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from assessments.disclosure.document import ReleaseDocument
from assessments.disclosure.exchange import model, tables
from assessments.disclosure.exchange.labels import Label, Labels
from assessments.disclosure.exchange.model import Artefact, Code, CodeList, Component
from assessments.disclosure.exchange.tables import Row

LANGUAGE = "en"
URN = "urn:sdmx:org.sdmx.infomodel."
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
JSON_SCHEMA = (
    "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/data-message/tools/schemas/2.0.0/"
    "sdmx-json-data-schema.json"
)
CSV_TYPE = "application/vnd.sdmx.data+csv;version=2.0.0"
JSON_TYPE = "application/vnd.sdmx.data+json;version=2.0.0"
STRUCTURE_TYPE = "application/vnd.sdmx.structure+xml;version=3.0.0"


# Data


def data_csv(document: ReleaseDocument) -> bytes:
    """Return the release as SDMX-CSV 2.0: a row per figure, in the order of the components."""
    ids = [component.id for component in model.COMPONENTS]
    head = ("dataflow", str(model.flow_of(document)), "I")
    shared = model.constants(document)
    return tables.written_cells(
        ((*head, *map({**shared, **_csv(figure)}.get, ids)) for figure in model.figures(document)),
        ("STRUCTURE", "STRUCTURE_ID", "ACTION", *ids),
    )


def _csv(figure: Row) -> Row:
    """Return a figure with SDMX's word for a number that is not there, which readers convert."""
    return {**figure, "OBS_VALUE": "NaN"} if figure["OBS_VALUE"] is None else figure


def data_json(document: ReleaseDocument, labels: Labels) -> bytes:
    """Return the release as SDMX-JSON 2.0: codes by their place in a list, numbers as they are."""
    rows, shared = list(model.figures(document)), model.constants(document)
    link = {"rel": "dataflow", "urn": f"{URN}datastructure.Dataflow={model.flow_of(document)}"}
    lists = model.code_lists(document, labels)
    heads = {each.id: _head(each) for each in model.COMPONENTS}
    places: dict[str, dict[str, int]] = {}
    for each in model.COMPONENTS:
        if each.codes:
            codes = {code.id: code for code in lists[each.codes].codes}
            used = _used(rows, each.id) or list(codes)  # a dimension must list something
            places[each.id] = {code: place for place, code in enumerate(used)}
            if used:
                heads[each.id]["values"] = [_value(codes[code]) for code in used]
    heads[model.TIME]["values"] = [{"value": document["closed_date"]}]
    structure = {
        "links": [link],
        "name": model.title(document),
        "dimensions": {
            "dataSet": [heads[model.TIME]],
            "observation": [heads[each.id] for each in model.KEY],
        },
        "measures": {"observation": [heads["OBS_VALUE"]]},
        "attributes": {
            "dataSet": [heads[each.id] for each in model.CONSTANTS],
            "observation": [heads[each.id] for each in model.ATTRIBUTES],
        },
        "dataSets": [0],
    }
    observations = {
        ":".join(str(places[each.id][row[each.id]]) for each in model.KEY): _trimmed(
            [
                row["OBS_VALUE"],
                *(
                    places[each.id].get(row[each.id]) if each.codes else row[each.id]
                    for each in model.ATTRIBUTES
                ),
            ]
        )
        for row in rows
    }
    data_set = {
        "structure": 0,
        "action": "Information",
        "links": [link],
        "attributes": [shared[each.id] for each in model.CONSTANTS],
        "observations": observations,
    }
    meta = {
        "schema": JSON_SCHEMA,
        "id": _message_id(document),
        "test": document["synthetic"],
        "prepared": f"{document['published_date']}T00:00:00Z",
        "contentLanguages": [LANGUAGE],
        "name": model.title(document),
        "sender": {"id": model.AGENCY, "name": model.AGENCY_NAME},
        "links": [{"rel": "license", "href": LICENCE_URL}],
    }
    message = {"meta": meta, "data": {"structures": [structure], "dataSets": [data_set]}}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _message_id(document: ReleaseDocument) -> str:
    return f"{document['id']}-{document['revision']}"


def _used(rows: Iterable[Row], component: str) -> list[str]:
    """Return the values that occur, each once, as they come up."""
    return list(dict.fromkeys(row[component] for row in rows if row[component] is not None))


def _trimmed(values: list[Any]) -> list[Any]:
    """Return the values of an observation without the missing ones at its end."""
    while values[-1] is None:
        values.pop()
    return values


def _head(component: Component) -> dict[str, Any]:
    """Return what SDMX-JSON says of a component beside its values."""
    head: dict[str, Any] = {
        "id": component.id,
        "name": component.name,
        "description": component.description,
    }
    if component.role in ("dimension", "time"):
        head["keyPosition"] = model.DIMENSIONS.index(component)
    else:
        head["isMandatory"] = component.required
    if component.role == "attribute":
        head["relationship"] = {"observation": {}}
    if component.role == "constant":
        head["relationship"] = {"dimensions": [model.TIME]}
    if component.role == "time":
        head["roles"] = [model.TIME]
    if component.text:
        head["format"] = {"dataType": component.text}
    return head


def _value(code: Code) -> dict[str, Any]:
    value: dict[str, Any] = {"id": code.id, "name": code.label.name}
    if code.label.description:
        value["description"] = code.label.description
    if code.parent:
        value["parent"] = code.parent
    return value


# Structure


SCHEMAS = "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/"
SPACES = {
    "mes": f"{SCHEMAS}message",
    "str": f"{SCHEMAS}structure",
    "com": f"{SCHEMAS}common",
}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def structure_xml(document: ReleaseDocument, labels: Labels) -> bytes:
    """Return dataflow, data structure definition, concepts and code lists as SDMX-ML 3.0."""
    return _Structure(document, labels).message()


class _Structure:
    """Writes the structure message of one release."""

    def __init__(self, document: ReleaseDocument, labels: Labels) -> None:
        self.document = document
        self.flow = model.flow_of(document)
        self.concepts = model.artefact_of(document, "CS_BENCHMARK")
        self.lists = model.code_lists(document, labels)

    def message(self) -> bytes:
        # Prefixes are written as they are, so that no setting of ElementTree is changed.
        spaces = {f"xmlns:{prefix}": space for prefix, space in SPACES.items()}
        root = ET.Element("mes:Structure", spaces)
        self._header(ET.SubElement(root, "mes:Header"))
        structures = ET.SubElement(root, "mes:Structures")
        lists = ET.SubElement(structures, "str:Codelists")
        for each in self.lists.values():
            self._code_list(lists, each)
        self._concepts(ET.SubElement(structures, "str:ConceptSchemes"))
        self._flow(ET.SubElement(structures, "str:Dataflows"))
        self._definition(ET.SubElement(structures, "str:DataStructures"))
        ET.indent(root)
        text = ET.tostring(root, encoding="unicode")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()

    def _header(self, header: ET.Element) -> None:
        _text(header, "mes:ID", _message_id(self.document))
        _text(header, "mes:Test", "true" if self.document["synthetic"] else "false")
        _text(header, "mes:Prepared", f"{self.document['published_date']}T00:00:00Z")
        sender = ET.SubElement(header, "mes:Sender", {"id": model.AGENCY})
        _named(sender, Label(name=model.AGENCY_NAME))

    def _code_list(self, parent: ET.Element, codes: CodeList) -> None:
        node = _artefact(parent, "str:Codelist", codes.artefact, Label(name=codes.name))
        if codes.is_borrowed:
            node.set("isPartial", "true")
        for code in codes.codes:
            each = ET.SubElement(node, "str:Code", {"id": code.id})
            if code.notes:
                notes = ET.SubElement(each, "com:Annotations")
                for kind, value in code.notes:
                    note = ET.SubElement(notes, "com:Annotation")
                    # As a title, since a reader in use stumbles over AnnotationValue.
                    _text(note, "com:AnnotationTitle", value)
                    _text(note, "com:AnnotationType", kind)
            _named(each, code.label)
            if code.parent:
                _text(each, "str:Parent", code.parent)

    def _concepts(self, parent: ET.Element) -> None:
        words = Label(name="Concepts of the benchmark")
        scheme = _artefact(parent, "str:ConceptScheme", self.concepts, words)
        for component in model.COMPONENTS:
            concept = ET.SubElement(scheme, "str:Concept", {"id": component.id})
            _named(concept, Label(name=component.name, description=component.description))

    def _flow(self, parent: ET.Element) -> None:
        words = Label(
            name=model.title(self.document),
            description=f"Instrument {self.document['instrument']['code']} "
            f"{self.document['instrument']['version']}, scoring {self.document['scoring']}, "
            f"quantiles {self.document['engine']}. Licence {self.document['licence']}.",
        )
        node = _artefact(parent, "str:Dataflow", self.flow, words)
        _text(node, "str:Structure", f"{URN}datastructure.DataStructure={self.flow}")

    def _definition(self, parent: ET.Element) -> None:
        words = Label(name="Figures of a benchmark release")
        node = _artefact(parent, "str:DataStructure", self.flow, words)
        parts = ET.SubElement(node, "str:DataStructureComponents")
        dimensions = ET.SubElement(parts, "str:DimensionList", {"id": "DimensionDescriptor"})
        attributes = ET.SubElement(parts, "str:AttributeList", {"id": "AttributeDescriptor"})
        measures = ET.SubElement(parts, "str:MeasureList", {"id": "MeasureDescriptor"})
        for place, component in enumerate(model.DIMENSIONS, start=1):
            tag = "str:TimeDimension" if component.role == "time" else "str:Dimension"
            order = {} if component.role == "time" else {"position": str(place)}
            self._component(dimensions, tag, component, order)
        for component in model.COMPONENTS:
            usage = {"usage": "mandatory" if component.required else "optional"}
            if component.role == "measure":
                self._component(measures, "str:Measure", component, usage)
            elif component.role in ("attribute", "constant"):
                attribute = self._component(attributes, "str:Attribute", component, usage)
                relation = ET.SubElement(attribute, "str:AttributeRelationship")
                if component.role == "attribute":
                    ET.SubElement(relation, "str:Observation")
                else:
                    _text(relation, "str:Dimension", model.TIME)

    def _component(
        self, parent: ET.Element, tag: str, component: Component, more: Mapping[str, str]
    ) -> ET.Element:
        node = ET.SubElement(parent, tag, {"id": component.id, **more})
        concept = f"{URN}conceptscheme.Concept={self.concepts}.{component.id}"
        _text(node, "str:ConceptIdentity", concept)
        representation = ET.SubElement(node, "str:LocalRepresentation")
        if component.codes:
            codes = self.lists[component.codes].artefact
            _text(representation, "str:Enumeration", f"{URN}codelist.Codelist={codes}")
        else:
            ET.SubElement(representation, "str:TextFormat", {"textType": component.text})
        return node


def _artefact(parent: ET.Element, tag: str, artefact: Artefact, words: Label) -> ET.Element:
    identity = {"agencyID": artefact.agency, "id": artefact.id, "version": artefact.version}
    node = ET.SubElement(parent, tag, identity)
    _named(node, words)
    return node


def _named(node: ET.Element, words: Label) -> None:
    _text(node, "com:Name", words.name).set(XML_LANG, LANGUAGE)
    if words.description:
        _text(node, "com:Description", words.description).set(XML_LANG, LANGUAGE)


def _text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    node = ET.SubElement(parent, tag)
    node.text = text
    return node
