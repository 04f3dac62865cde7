"""Forget what its time is up for, now instead of with the daily sweep (`security.md` row 21)."""

from django.core.management.base import BaseCommand

from members.actions import batch, match


class Command(BaseCommand):
    help = "Destroy the files of imports older than a week, and close data matches whose time is up."

    def handle(self, *args, **options):
        self.stdout.write(f"已销毁 {batch.close_stale()} 个导入文件，关闭 {match.close_stale()} 次数据比对。")


from members.actions import checkin


class Command(BaseCommand):
    help = "Destroy the files of imports older than a week, erase check-ins nobody confirmed."

    def handle(self, *args, **options):
        self.stdout.write(f"已销毁 {batch.close_stale()} 个导入文件。")
        self.stdout.write(f"已删除 {checkin.erase_stale()} 条未核实的扫码登记。")
