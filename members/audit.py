"""The one way into the audit log."""

import json

from django.db import connection, models


def record(
    *,
    actor: models.Model | None,
    event: str,
    target: models.Model | None = None,
    outcome: str = "done",
    **detail: int | str | bool | list | None,
) -> None:
    """Append one row; number, moment and hash are set by the database (`security.md` A1).

    `detail` holds ids, field names and counts, never a person's values. The row locks the head of the chain until
    the transaction ends, so call this after the change, last but for what is told on commit.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into members_auditevent (event, actor_id, object_type, object_id, outcome, detail)"
            " values (%s, %s, %s, %s, %s, %s)",
            [
                event,
                actor.pk if actor is not None else None,
                target._meta.label_lower if target is not None else "",
                target.pk if target is not None else None,
                outcome,
                json.dumps(detail, ensure_ascii=False, sort_keys=True),
            ],
        )
