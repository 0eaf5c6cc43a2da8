"""The statements of the hottest requests, written once: Django takes longer to write them than PostgreSQL to answer.

A Compiled read is an ordinary queryset whose SQL is kept; `add` and `change` write one row, `write` several: in one
statement on PostgreSQL. All give what the ORM would give, on either engine, without signals, which nothing here has.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import DatabaseDefault
from django.db.models.query import QuerySet, get_related_populators

M = TypeVar("M", bound=models.Model)
HOLES = (2_000_000_011, 2_000_000_033)  # stand for the values while the SQL is written
LIMIT = 2**63
ABSENT = object()


def here() -> Any:
    """This thread's connection itself: django.db.connection looks it up anew for every attribute."""
    return connections[DEFAULT_DB_ALIAS]


def cursor_of(connection: Any) -> Any:
    """The connection's cursor for statements whose rows are read at once: making one costs as much as a statement.

    Where statements are logged or counted, a new one that does so.
    """
    kept_for, cursor = getattr(connection, "kept_cursor", (None, None))
    if connection.queries_logged or connection.connection is None:
        return connection.cursor()
    if kept_for is not connection.connection:
        cursor = connection.cursor()
        connection.kept_cursor = (connection.connection, cursor)
    return cursor


class Compiled(Generic[M]):
    """A queryset with one or two whole numbers or texts left open.

    >>> person = Compiled(lambda pk: User.objects.filter(pk=pk), int)
    >>> person(7)
    [<User: ...>]
    """

    def __init__(self, build: Callable[..., QuerySet[M]], *kinds: type[int] | type[str]) -> None:
        self.build = build
        self.holes = [kind(hole) for kind, hole in zip(kinds, HOLES, strict=False)]
        self.written: dict[str, Written] = {}

    def __call__(self, *values: int | str) -> list[M]:
        """The rows for these values; none where a number is larger than any column holds."""
        if any(isinstance(value, int) and not -LIMIT <= value < LIMIT for value in values):
            return []
        connection = here()
        written = self.written.get(connection.vendor) or self._write(connection)
        given = dict(zip(self.holes, values, strict=True))
        params = [place.__class__(given[place]) if _in(given, place) else place for place in written.places]
        cursor = cursor_of(connection)
        cursor.execute(written.sql, params)
        return [written.model_of(row, connection) for row in cursor.fetchall()]

    def first(self, *values: int | str) -> M | None:
        return next(iter(self(*values)), None)

    def _write(self, connection: Any) -> "Written":
        self.written[connection.vendor] = written = Written(self.build(*self.holes), connection)
        return written


def _in(given: dict[int | str, int | str], place: Any) -> bool:
    """On PostgreSQL an integer comes wrapped in a class that says its width; it stays wrapped."""
    return isinstance(place, int | str) and place in given


class Written:
    """A queryset's SQL, and how django.db.models.query.ModelIterable makes its rows out of what that answers."""

    def __init__(self, queryset: QuerySet[Any], connection: Any) -> None:
        compiler: Any = queryset.query.get_compiler(connection=connection)
        self.sql, self.places = compiler.as_sql()
        self.model: type[models.Model] = queryset.model
        converters = compiler.get_converters([selected[0] for selected in compiler.select])
        self.converters = [(at, *both) for at, both in converters.items()]
        self.annotated = compiler.annotation_col_map or {}
        own = compiler.klass_info["select_fields"]
        self.own = slice(own[0], own[-1] + 1)
        self.names = [selected[0].target.attname for selected in compiler.select[self.own]]
        self.joined = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]

    def model_of(self, row: Any, connection: Any) -> Any:
        values = list(row)
        for at, converters, expression in self.converters:
            for convert in converters:
                values[at] = convert(values[at], expression, connection)
        made = self.model.from_db(connection.alias, self.names, values[self.own])
        for joined in self.joined:
            joined.populate(values, made)
        for name, at in self.annotated.items():
            setattr(made, name, values[at])
        return made


@dataclass(frozen=True, slots=True)
class Step:
    """One row to write: a new one, or these fields of one that is there."""

    row: models.Model
    names: tuple[str, ...] = ()


def add(row: models.Model) -> None:
    """INSERT a new row and learn its primary key. What the database fills in is read when it is asked for."""
    write(Step(row))


def change(row: models.Model, *names: str) -> None:
    """UPDATE these fields of the row as they stand on it."""
    write(Step(row, names))


def write(*steps: Step) -> None:
    """Write these rows, none of which needs the new key of another. Call inside a transaction where there are several.

    PostgreSQL gets one statement, whose order among the rows is its own; foreign keys are looked at when it ends.
    """
    connection = here()
    if connection.vendor == "postgresql" or len(steps) == 1:
        return _at_once(connection, steps)
    for step in steps:
        _at_once(connection, (step,))


def _at_once(connection: Any, steps: tuple[Step, ...]) -> None:
    shapes, values = [], []
    for step in steps:
        shape, sent = _shape(step, connection)
        shapes.append(shape)
        values += sent
    cursor = cursor_of(connection)
    cursor.execute(_statement(connection.vendor, tuple(shapes)), values)
    keys = iter(() if all(step.names for step in steps) else cursor.fetchall()[0])
    for step, (_, columns, _) in zip(steps, shapes, strict=True):
        if not step.names:
            _learn(step.row, next(keys), columns, connection)


Shape = tuple[type[models.Model], tuple[str, ...], bool]  # of a row: what it is, which columns are sent, whether new


def _shape(step: Step, connection: Any) -> tuple[Shape, list[Any]]:
    row = step.row
    if step.names:
        fields = [row._meta.get_field(name) for name in step.names]
        sent = {field: _value(row, field, connection) for field in (*fields, row._meta.pk)}
    else:
        values = {field: _value(row, field, connection) for field in row._meta.local_concrete_fields}
        sent = {field: value for field, value in values.items() if value is not ABSENT}
    columns = tuple(str(getattr(field, "column", "")) for field in sent)
    return (row.__class__, columns, not step.names), [*sent.values()]


def _value(row: models.Model, field: Any, connection: Any) -> Any:
    value = getattr(row, field.attname)
    if isinstance(value, DatabaseDefault) or (field.primary_key and value is None):
        return ABSENT
    return field.get_db_prep_save(value, connection)


def _learn(row: models.Model, key: Any, columns: tuple[str, ...], connection: Any) -> None:
    row.pk = key
    for field in row._meta.local_concrete_fields:
        if field.column not in columns and not field.primary_key:
            del row.__dict__[field.attname]
    row._state.adding, row._state.db = False, connection.alias


@lru_cache(maxsize=200)
def _statement(vendor: str, shapes: tuple[Shape, ...]) -> str:
    """One INSERT or UPDATE as it is; several as the parts of one statement that answers with the new keys."""
    if len(shapes) == 1:
        return _sql(shapes[0])
    parts = ", ".join(f"w{at} AS ({_sql(shape)})" for at, shape in enumerate(shapes))
    keys = ", ".join(f"(TABLE w{at})" for at, (_, _, new) in enumerate(shapes) if new)
    return f"WITH {parts} SELECT {keys}"


def _sql(shape: Shape) -> str:
    model, columns, new = shape
    pk: Any = model._meta.pk
    table, key, names = _quote(model._meta.db_table), _quote(pk.column), [_quote(column) for column in columns]
    if not new:
        sets = ", ".join(f"{name} = %s" for name in names[:-1])
        return f"UPDATE {table} SET {sets} WHERE {key} = %s"  # noqa: S608
    places = ", ".join(["%s"] * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places}) RETURNING {key}"  # noqa: S608


def _quote(name: str) -> str:
    quoted: str = here().ops.quote_name(name)
    return quoted
