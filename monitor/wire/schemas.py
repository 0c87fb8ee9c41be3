"""Describes message types as JSON Schema, so that the published documents say what the program decodes by.

What stands as a string under a field in the source is that field's description.
"""

import ast
import dataclasses
import inspect
import textwrap
import types
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from msgspec import inspect as shapes

VERSION = "1.0.0"
"""of the published contract, not of the program: an addition raises the second number, a break opens /v2"""

TEMPLATE = "#/components/schemas/{name}"

Schema: TypeAlias = dict[str, Any]


class Schemas:
    """The schemas of some message types, and the components that they share."""

    def __init__(self, described: Iterable[Any]) -> None:
        parts = list(dict.fromkeys(part for shape in described for part in _parts(shape)))
        made, self.components = msgspec.json.schema_components(parts, ref_template=TEMPLATE)
        self._made: Mapping[Any, Schema] = dict(zip(parts, made, strict=True))
        for name, record in _records(parts).items():
            _annotate(self.components[name], record)
        for component in self.components.values():
            if "description" in component:
                component["description"] = inspect.cleandoc(component["description"])

    def of(self, shape: Any) -> Schema:
        """The schema of one of the described types; of a union, whichever fits."""
        found = [self._made[part] for part in _parts(shape)]
        return dict(found[0]) if len(found) == 1 else {"anyOf": found}

    def properties(self, shape: Any) -> Mapping[str, Schema]:
        """What a described record holds, by its name on the wire."""
        properties: Mapping[str, Schema] = self._record(shape)["properties"]
        return properties

    def required(self, shape: Any) -> frozenset[str]:
        """Which of its members a described record cannot do without."""
        return frozenset(self._record(shape).get("required", ()))

    def _record(self, shape: Any) -> Schema:
        record: Schema = self.components[_name(self._made[shape])]
        return record


def notes(record: type[Any]) -> dict[str, str]:
    """What the source says under each field of a record, those of its parents included."""
    said: dict[str, str] = {}
    for each in reversed(record.__mro__):
        if not (each is not Struct and issubclass(each, Struct)) and not dataclasses.is_dataclass(each):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(each))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, below in zip(body.body, body.body[1:], strict=False):
            match field, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    said[name] = " ".join(text.split())
                case ast.AnnAssign(target=ast.Name(id=name)), _:
                    said.pop(name, None)
    return said


def _annotate(component: Schema, record: type[Any]) -> None:
    said = notes(record)
    for field in _fields(record):
        described = component["properties"][field.encode_name]
        if _is_time(field.type):
            # msgspec calls it a time only where the type demands a zone; all that we say have one.
            for kind in described.get("anyOf", [described]):
                if kind == {"type": "string"}:
                    kind["format"] = "date-time"
        if field.name not in said:
            continue
        # Beside a reference everything else would be passed over by who reads draft 7, as AsyncAPI does.
        if "$ref" in described:
            described = component["properties"][field.encode_name] = {"allOf": [described]}
        described["description"] = said[field.name]


def _is_time(kind: object) -> bool:
    if isinstance(kind, shapes.UnionType):
        return any(_is_time(each) for each in kind.types)
    return isinstance(kind, shapes.DateTimeType)


def _fields(record: type[Any]) -> Iterable[Any]:
    info = shapes.type_info(record)
    assert isinstance(info, shapes.StructType | shapes.DataclassType)
    return info.fields


def _parts(shape: Any) -> tuple[Any, ...]:
    """The records of a union of records, which msgspec does not take as one type."""
    return shape.__args__ if isinstance(shape, types.UnionType) else (shape,)


def _records(parts: Iterable[Any]) -> dict[str, type[Any]]:
    """Every record that the parts are made of, by the name of its component."""
    found: dict[type[Any], None] = {}
    for part in parts:
        _collect(shapes.type_info(part), found)
    named: dict[str, type[Any]] = {}
    for record in found:
        (made,), _ = msgspec.json.schema_components([record], ref_template=TEMPLATE)
        name = _name(made)
        assert name not in named, f"two records are called {name}"
        named[name] = getattr(record, "__origin__", record)
    return named


def _collect(node: object, found: dict[type[Any], None]) -> None:
    match node:
        case shapes.StructType(cls=record) | shapes.DataclassType(cls=record):
            if record not in found:
                found[record] = None
                _collect([field.type for field in node.fields], found)
        case tuple() | list():
            for each in node:
                _collect(each, found)
        case shapes.Type():
            _collect(msgspec.structs.astuple(node), found)


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]
