from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0024_match_decisions"),
    ]

    operations = [
        migrations.AddField(
            model_name="matchrun",
            name="weights",
            field=models.JSONField(default=dict, editable=False),
        ),
    ]
