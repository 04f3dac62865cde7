"""A certificate of skill has a grade; numbers on papers are their issuer's, and one paper may honour several."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("services", "0007_activity_lent")]

    operations = [
        migrations.RemoveConstraint(model_name="grant", name="grant_serial_once"),
        migrations.AddField(
            model_name="grant",
            name="grade",
            field=models.CharField(blank=True, max_length=20, verbose_name="grade"),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("voided_at", None), models.Q(("serial", ""), _negated=True)),
                fields=("organisation", "kind", "issuer", "serial", "person", "body", "vehicle"),
                name="grant_serial_once",
                nulls_distinct=False,
            ),
        ),
    ]
