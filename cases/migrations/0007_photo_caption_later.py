"""Let a photo's caption be written after several photos came in at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_comment_reports")]

    operations = [
        migrations.AlterField("casephoto", "caption", models.CharField("caption", blank=True, max_length=120)),
    ]
