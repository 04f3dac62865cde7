from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0023_prior_value_scope"),
    ]

    operations = [
        migrations.AddField(
            model_name="matchrun",
            name="decisions",
            field=models.JSONField(default=list, editable=False),
        ),
    ]
