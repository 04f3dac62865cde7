"""Name the correction after publication as a way a revision comes to be."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_photo_caption_later")]

    operations = [
        migrations.AlterField(
            "revision",
            "source",
            models.CharField(
                choices=[
                    ("intake", "As received, cleaned"),
                    ("undo", "Cleaning fix undone"),
                    ("edit", "Edited at the desk"),
                    ("resubmission", "Resubmitted by the unit"),
                    ("correction", "Corrected after publication"),
                ],
                max_length=20,
                verbose_name="came by",
            ),
        ),
    ]
