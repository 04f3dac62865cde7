"""Store the shingles of every case's present text anew."""

from django.core.management.base import BaseCommand

from cases.actions import similarity
from cases.models import Case


class Command(BaseCommand):
    help = "Stores anew what the page of similar cases searches; for cases older than that page."

    def handle(self, *args, **options):
        count = 0
        rows = Case.objects.exclude(current_revision=None).select_related("current_revision").order_by("pk")
        for case in rows.iterator(chunk_size=200):
            similarity.index(case)
            count += 1
        self.stdout.write(f"已为 {count} 个案例建立相似索引。")
