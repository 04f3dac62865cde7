"""Fill when the left state began for moves made before it was kept: with the move before; a first one with its draft."""

from django.db import migrations

FILL = """
update cases_decision d set since = moves.began
from (select m.id, coalesce(lag(m.decided_at) over (partition by m.case_id order by m.id), c.created_at) as began
      from cases_decision m join cases_case c on c.id = m.case_id) moves
where moves.id = d.id and d.since is null
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0040_decision_since")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
