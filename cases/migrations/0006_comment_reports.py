"""Count the readers who object to a public comment."""

from django.db import migrations, models

TOGETHER = models.Q(reports=0, reported_at=None) | models.Q(reports__gt=0, reported_at__isnull=False)


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_case_comments_closed")]

    operations = [
        migrations.AddField("comment", "reports", models.PositiveSmallIntegerField(default=0, verbose_name="reports")),
        migrations.AddField(
            "comment", "reported_at", models.DateTimeField(null=True, verbose_name="first reported at")
        ),
        migrations.AddConstraint(
            "comment", models.CheckConstraint(condition=TOGETHER, name="comment_reports_have_moment")
        ),
    ]
