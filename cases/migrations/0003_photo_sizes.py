"""Keep each size of a photo under its own digest; no photo existed before this."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_revision_immutable")]

    operations = [
        migrations.AddField(
            "casephoto", f"{size}_sha256", models.CharField(max_length=64, default=""), preserve_default=False
        )
        for size in ("large", "medium", "small")
    ]
