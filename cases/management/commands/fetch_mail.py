from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from imap_tools import ImapToolsError

from cases.actions.mail_fetch import fetch


class Command(BaseCommand):
    help = "Take in what lies in the mailbox, once; the worker does it every few minutes."

    def handle(self, *args, **options):
        if not settings.MAILBOX["host"]:
            raise CommandError("没有配置邮箱：请设置 MAIL_IMAP_HOST、MAIL_IMAP_USER 和 MAIL_IMAP_PASSWORD_FILE。")
        try:
            counted = fetch()
        except (OSError, ImapToolsError) as error:
            raise CommandError(f"邮箱打不开（{type(error).__name__}）：请检查地址、账号和密码文件。") from error
        self.stdout.write(" ".join(f"{name}={number}" for name, number in counted.items()))
