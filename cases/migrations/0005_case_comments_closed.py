"""Let the desk close a case to further comments, and say who did."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

BOTH_OR_NEITHER = models.Q(comments_closed_at=None, comments_closed_by=None) | models.Q(
    comments_closed_at__isnull=False, comments_closed_by__isnull=False
)


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_library_index"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField(
            "case",
            "comments_closed_at",
            models.DateTimeField(editable=False, null=True, verbose_name="comments closed at"),
        ),
        migrations.AddField(
            "case",
            "comments_closed_by",
            models.ForeignKey(
                settings.AUTH_USER_MODEL,
                django.db.models.deletion.PROTECT,
                editable=False,
                null=True,
                related_name="+",
                verbose_name="by",
            ),
        ),
        migrations.AddConstraint(
            "case", models.CheckConstraint(condition=BOTH_OR_NEITHER, name="case_comments_closed_at_and_by")
        ),
    ]
