"""Forget what its time is up for; for a daily timer (`security.md` row 21)."""

from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone

from members.actions import batch

IMPORT_DAYS = 7


class Command(BaseCommand):
    help = "Destroy the files of imports older than a week."

    def handle(self, *args, **options):
        count = batch.close_stale(timezone.now() - timedelta(days=IMPORT_DAYS))
        self.stdout.write(f"已销毁 {count} 个导入文件。")
