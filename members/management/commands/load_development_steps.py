"""Load the sample steps of a development where they are missing."""

from django.core.management.base import BaseCommand

from members.actions import development_step


class Command(BaseCommand):
    help = "Adds the sample steps of a development whose code is not there yet; changes none."

    def handle(self, *args, **options):
        self.stdout.write(f"已载入发展党员步骤（示例）{development_step.load_samples()} 个。")
