"""A corrected figure names the one it took the place of."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("services", "0008_grant_grade_and_number")]

    operations = [
        migrations.AddField(
            model_name="figure",
            name="corrects",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrected_by",
                to="services.figure",
                verbose_name="takes the place of",
            ),
        ),
    ]
