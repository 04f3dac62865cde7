"""Write the search index anew where it is missing or old; killed in the middle, it goes on where it stopped."""

import sys

from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Q

from cases.actions import library
from cases.models import LibraryEntry, LibraryIndex

BATCH = 200


class Command(BaseCommand):
    help = "Write the search index of published cases where it is missing or made by an older version."

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="rewrite every row, not only missing and old ones")
        parser.add_argument("--related", action="store_true", help="recompute the related cases too")

    def handle(self, *, all, related, **options):
        if all:
            LibraryIndex.objects.update(version=0)
        done, total = 0, outdated().count()
        while batch := outdated()[:BATCH]:
            with transaction.atomic():
                for entry in batch:
                    library.index(entry=entry)
            done += len(batch)
            self.say(f"{done}/{total}")
        if related:
            for entry in LibraryEntry.objects.public().order_by("pk").iterator(BATCH):
                library.relate(entry=entry)
        self.stdout.write(f"{done}")

    def say(self, line):
        if sys.stderr.isatty():
            self.stderr.write(line)


def outdated():
    """Return the public entries whose index is missing or old, in order of publication."""
    current = Q(index__version=library.INDEX_VERSION)
    entries = LibraryEntry.objects.public().select_related("city", "field", "region")
    return entries.exclude(current).order_by("published_at", "pk")
