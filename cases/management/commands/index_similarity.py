"""Index the present text of every case anew, and compare each with all others."""

from django.core.management.base import BaseCommand

from cases.actions import similarity
from cases.models import Case


class Command(BaseCommand):
    help = "Stores anew what similar cases are found by, and which cases resemble each other; after an update."

    def handle(self, *args, **options):
        rows = Case.objects.exclude(current_revision=None).select_related("organisation", "current_revision")
        count = 0
        for case in rows.order_by("pk").iterator(chunk_size=200):
            similarity.index(case)
            count += 1
        for pk in rows.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=2000):
            similarity.refresh(pk)
        self.stdout.write(f"已为 {count} 个案例建立相似索引，并两两比对。")
