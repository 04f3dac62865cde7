"""Load the term rules every installation starts with."""

from django.core.management.base import BaseCommand

from cases.actions import terms


class Command(BaseCommand):
    help = "Enters the term rules that are not there yet; what was changed or retired stays as it is."

    def handle(self, *args, **options):
        self.stdout.write(f"已载入规范表述 {terms.load()} 条。")
