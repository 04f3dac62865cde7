"""Fill an empty database with the demo, and keep its passwords under var/."""

import os

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.demo.build import build
from members.models import User


class Command(BaseCommand):
    help = "Two counties, accounts of every role and a dozen cases; only into an empty database."

    def handle(self, *args, **options):
        if User.objects.exists():
            raise CommandError("数据库里已有账号，演示数据只写入空库。")
        accounts = build(lambda line: self.stdout.write(f"  {line}"))
        lines = [f"{row.username:<12} {row.password:<28} {row.name}  {row.roles}" for row in accounts]
        path = settings.VAR_DIR / "demo_accounts.txt"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write("\n".join(lines) + "\n")
