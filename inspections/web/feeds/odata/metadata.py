"""The service document, and the metadata document (CSDL XML 4.0)."""

from __future__ import annotations

from functools import cache
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from .model import NAMESPACE, SETS, EntitySet

_EDMX, _EDM = "http://docs.oasis-open.org/odata/ns/edmx", "http://docs.oasis-open.org/odata/ns/edm"


def service() -> list[dict[str, str]]:
    """Return the entity sets, as the service document lists them."""
    return [{"name": name, "kind": "EntitySet", "url": name} for name in SETS]


@cache
def written() -> bytes:
    """Return the metadata document."""
    root = Element("edmx:Edmx", {"Version": "4.0", "xmlns:edmx": _EDMX})
    schema = SubElement(SubElement(root, "edmx:DataServices"), "Schema", {"Namespace": NAMESPACE, "xmlns": _EDM})
    for entities in SETS.values():
        _type(schema, entities)
    container = SubElement(schema, "EntityContainer", {"Name": "Inspections"})
    for name, entities in SETS.items():
        held = SubElement(container, "EntitySet", {"Name": name, "EntityType": f"{NAMESPACE}.{entities.kind}"})
        for collection, (other, _) in entities.collections.items():
            SubElement(held, "NavigationPropertyBinding", {"Path": collection, "Target": other})
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _type(schema: Element, entities: EntitySet) -> None:
    kind = SubElement(schema, "EntityType", {"Name": entities.kind})
    key = SubElement(kind, "Key")
    for name in entities.keys:
        SubElement(key, "PropertyRef", {"Name": name})
    for each in entities.properties.values():
        told = {"Name": each.name, "Type": each.edm}
        if not each.nullable:
            told["Nullable"] = "false"
        if each.edm == "Edm.DateTimeOffset":
            told["Precision"] = "0"
        SubElement(kind, "Property", told)
    for name, (other, _) in entities.collections.items():
        SubElement(kind, "NavigationProperty", {"Name": name, "Type": f"Collection({NAMESPACE}.{SETS[other].kind})"})
