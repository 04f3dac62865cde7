"""Many rows in one statement: new ones past the making and preparing of model instances, and lists of keys.

`bulk_create` prepares every field of every instance and writes one literal a value; for a roster of 100,000 people
that is most of the work. Here each column travels as one array. Row-level security and constraints stand as ever;
COPY is no way, since Postgres refuses it on tables with row-level security.
"""

import re
from collections.abc import Sequence

from django.db import connection, models
from django.db.models.expressions import RawSQL

LIMIT = re.compile(r"\([\d, ]+\)")
Columns = dict[str, Sequence]


def insert(model: type[models.Model], columns: Columns, **same: object) -> list[int]:
    """Insert one row per position of `columns` (attname to values as the database takes them); return the new ids.

    `same` (attname to value) holds for every row; a field named nowhere gets its default, worked out once, so unique
    ones must be named. Ids come in the order of the rows. Raises: IntegrityError; ValueError for unequal lengths.
    """
    counts = {len(values) for values in columns.values()}
    if len(counts) != 1:
        raise ValueError("columns of unequal length")
    if counts == {0}:
        return []
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.primary_key}
    rest = {name: field.get_default() for name, field in fields.items() if name not in columns} | same
    quote = connection.ops.quote_name
    names = ", ".join(quote(fields[name].column) for name in [*columns, *rest])
    # Types without their parameters, so that a value too long is refused and not cut: varchar, not varchar(60).
    kinds = {name: LIMIT.sub("", field.db_type(connection)) for name, field in fields.items()}
    arrays = ", ".join(f"%s::{kinds[name]}[]" for name in columns)
    constants = "".join(f", %s::{kinds[name]}" for name in rest)
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    # Names come from the models alone; every value is a parameter.
    statement = f"insert into {table} ({names}) select entry.*{constants} from unnest({arrays}) entry returning {key}"  # noqa: S608
    prepared = [fields[name].get_db_prep_save(value, connection) for name, value in rest.items()]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*prepared, *(list(values) for values in columns.values())])
        return [pk for (pk,) in cursor.fetchall()]


def listed(keys: Sequence[int]) -> RawSQL:
    """Return keys as the right side of an `__in`: one array instead of a placeholder each, for hundreds of them."""
    return RawSQL("select unnest(%s::bigint[])", [list(keys)])
