"""Keep with each move when the state it left began, so that days in a stage need no look at the move before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0039_outline_call")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="since",
            field=models.DateTimeField(null=True, verbose_name="in the state it left since"),
        ),
    ]
