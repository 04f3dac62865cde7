"""Clear away by hand what the worker clears away daily."""

from django.core.management.base import BaseCommand

from cases.actions.sweep import sweep


class Command(BaseCommand):
    help = "Remove files that no row names and that are older than 48 hours, and rows that have expired."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="count the files only, remove nothing")

    def handle(self, *, dry_run, **options):
        for kind, count in sweep(dry_run=dry_run).items():
            self.stdout.write(f"{kind} {count}")
