"""Index the present text of every case anew, compare each with all others; count figures, fingerprint older photos."""

from django.core.management.base import BaseCommand

from cases.actions import evidence, photo_twin, similarity
from cases.models import Case


class Command(BaseCommand):
    help = "Stores anew what similar cases are found by, which are alike, and figures to check; after an update"

    def handle(self, *args, **options):
        rows = Case.objects.exclude(current_revision=None).select_related("organisation", "current_revision")
        count = 0
        for case in rows.order_by("pk").iterator(chunk_size=200):
            similarity.index(case)
            evidence.count_unchecked(case)
            count += 1
        for pk in rows.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=2000):
            similarity.refresh(pk)
        photos = photo_twin.fingerprint_all()
        self.stdout.write(f"已为 {count} 个案例建立相似索引、两两比对并清点待核数字，为 {photos} 张照片补建指纹。")
