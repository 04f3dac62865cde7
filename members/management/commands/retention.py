"""Forget what its time is up for, now instead of with the daily sweep (`security.md` row 21)."""

from django.core.management.base import BaseCommand

from members.actions import batch, checkin, match


class Command(BaseCommand):
    help = "Destroy the files of old imports, close data matches whose time is up, erase check-ins nobody confirmed."

    def handle(self, *args, **options):
        self.stdout.write(f"已销毁 {batch.close_stale()} 个导入文件，关闭 {match.close_stale()} 次数据比对。")
        self.stdout.write(f"已删除 {checkin.erase_stale()} 条未核实的扫码登记。")
