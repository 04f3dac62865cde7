"""Load the kinds, duties and sentences every installation starts with."""

from django.core.management.base import BaseCommand

from services.actions import vocabulary


class Command(BaseCommand):
    help = "Enters the ledger's kinds, duties and sentences that are not there yet; what was changed stays changed."

    def handle(self, *args, **options):
        self.stdout.write(f"已载入台账类别 {vocabulary.load()} 个。")
