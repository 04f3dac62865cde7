"""What a call may ask further: a statement, a limit of one part, whom to ask; and the statement kept with the case."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0041_fill_decision_since"),
        ("members", "0029_scope_once_a_query"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="contact",
            field=models.CharField(blank=True, max_length=200, verbose_name="whom to ask"),
        ),
        migrations.AddField(
            model_name="call",
            name="statement",
            field=models.CharField(blank=True, max_length=300, verbose_name="statement the unit confirms"),
        ),
        migrations.AddField(
            model_name="case",
            name="stated_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="statement confirmed at"),
        ),
        migrations.AddField(
            model_name="case",
            name="stated_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="statement",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=300,
                verbose_name="statement confirmed",
            ),
        ),
        migrations.AddField(
            model_name="requiredpart",
            name="most_characters",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="characters at most"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stated_at", None), ("stated_by", None), ("statement", "")),
                    models.Q(models.Q(("statement", ""), _negated=True), ("stated_at__isnull", False)),
                    _connector="OR",
                ),
                name="case_statement_has_moment",
            ),
        ),
    ]
