"""$filter: read by a kept parser of OData's grammar, and written as SQL as far as this feed answers it.

Answered are comparisons of a property with a literal, `in`, `and`, `or`, `not`, `contains`, `startswith`, `endswith`, and `any` over a
collection. Everything else of the language is refused as not supported, never left out. null is what OData says it is: comparing with it
is false, `ne` is true, and `not` turns either around.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from sqlalchemy import ColumnElement, and_, not_, or_, select, true

from inspections.web.problems import ProblemError

from .model import SETS, EntitySet, Property

LENGTH_MAX = 4000
_DEPTH_MAX = 40
_LIST_MAX = 500
_TEXTS = ("contains", "startswith", "endswith")
_COMPARED = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def condition(text: str, entities: EntitySet) -> ColumnElement[bool]:
    """Return the rows that a filter asks for. Raises ProblemError `odata_invalid`, `odata_unsupported`."""
    if len(text) > LENGTH_MAX:
        raise ProblemError("odata_invalid")
    try:
        tree = ODataParser().parse(_tokens(text))
    except (ODataException, ValueError, RecursionError) as error:
        raise ProblemError("odata_invalid") from error
    return _Written(entities).condition(tree, 0)


def _tokens(text: str) -> Iterator[Any]:
    """Return the tokens of a filter. The lexer's own refusal of a letter prints the token, which sly 0.5 cannot before that has an end."""
    lexer: Any = ODataLexer()
    lexer.error = _refuse
    tokens: Iterator[Any] = lexer.tokenize(text)
    return tokens


def _refuse(_: object) -> None:
    raise ProblemError("odata_invalid")


class _Written:
    """The SQL of one filter. `variable` is what a lambda calls the rows of its collection."""

    def __init__(self, entities: EntitySet, variable: str = "") -> None:
        self._entities, self._variable = entities, variable

    def condition(self, node: Any, depth: int) -> ColumnElement[bool]:
        if depth > _DEPTH_MAX:
            raise ProblemError("odata_invalid")
        match node:
            case ast.BoolOp(op=ast.And(), left=left, right=right):
                return and_(self.condition(left, depth + 1), self.condition(right, depth + 1))
            case ast.BoolOp(op=ast.Or(), left=left, right=right):
                return or_(self.condition(left, depth + 1), self.condition(right, depth + 1))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not_(self.condition(operand, depth + 1))
            case ast.Compare(comparator=ast.In(), left=left, right=ast.List(val=held)) if len(held) <= _LIST_MAX:
                return or_(*(_compared(self._property(left), ast.Eq(), each) for each in held))
            case ast.Compare(comparator=comparator, left=left, right=right) if isinstance(comparator, _COMPARED):
                return _compared(self._property(left), comparator, right)
            case ast.Call(func=ast.Identifier(name=name), args=[left, ast.String(val=text)]) if name in _TEXTS:
                return _with_text(self._property(left), name, text)
            case ast.CollectionLambda(owner=ast.Identifier(name=name), operator=ast.Any(), lambda_=held):
                return self._any(name, held, depth)
        raise ProblemError("odata_unsupported" if isinstance(node, ast._Node) else "odata_invalid")

    def _any(self, name: str, held: Any, depth: int) -> ColumnElement[bool]:
        if name not in self._entities.collections:
            raise ProblemError("odata_invalid")
        other, tie = self._entities.collections[name]
        inner = true() if held is None else _Written(SETS[other], held.identifier.name).condition(held.expression, depth + 1)
        return select(1).select_from(SETS[other].source).where(tie, inner).correlate(self._entities.authority.table).exists()

    def _property(self, node: Any) -> Property:
        match node:
            case ast.Identifier(name=name) if not self._variable:
                pass
            case ast.Attribute(owner=ast.Identifier(name=self._variable), attr=name):
                pass
            case _:
                raise ProblemError("odata_unsupported")
        if name not in self._entities.properties:
            raise ProblemError("odata_invalid")
        return self._entities.properties[name]


def _compared(held: Property, comparator: Any, literal: Any) -> ColumnElement[bool]:
    column, differs = held.column, isinstance(comparator, ast.NotEq)
    if isinstance(literal, ast.Null):
        if not isinstance(comparator, ast.Eq | ast.NotEq):
            return ~true()
        return column.is_not(None) if differs else column.is_(None)
    value = _value(held, literal)
    compared = {
        ast.Eq: column.__eq__, ast.NotEq: column.__ne__, ast.Lt: column.__lt__, ast.LtE: column.__le__, ast.Gt: column.__gt__,
        ast.GtE: column.__ge__,
    }[type(comparator)](value)  # fmt: skip
    if not held.nullable:
        return compared
    return or_(column.is_(None), compared) if differs else and_(column.is_not(None), compared)


def _with_text(held: Property, name: str, text: str) -> ColumnElement[bool]:
    if held.edm != "Edm.String":
        raise ProblemError("odata_invalid")
    found: ColumnElement[bool] = getattr(held.column, name)(text, autoescape=True)
    return and_(held.column.is_not(None), found) if held.nullable else found


def _value(held: Property, literal: Any) -> Any:
    """Return a literal as the column has it. Raises ProblemError `odata_invalid` for one of another type."""
    match held.edm, literal:
        case "Edm.String", ast.String(val=text):
            return text
        case "Edm.Int64", ast.Integer(val=text) if abs(int(text)) < 1 << 63:
            return int(text)
        case "Edm.Double", ast.Integer(val=text) | ast.Float(val=text) if len(text) < 40:
            return float(text)
        case "Edm.DateTimeOffset", ast.DateTime(val=text):
            return _seconds(text)
    raise ProblemError("odata_invalid" if isinstance(literal, ast._Literal) else "odata_unsupported")


def _seconds(text: str) -> float | int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ProblemError("odata_invalid") from error
    if moment.tzinfo is None:
        raise ProblemError("odata_invalid")
    seconds = moment.timestamp()
    return int(seconds) if seconds == int(seconds) else seconds
