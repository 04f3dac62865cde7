from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0044_signed_reading_scope"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="figures_unchecked",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, editable=False, verbose_name="figures nobody has confirmed"
            ),
        ),
    ]
