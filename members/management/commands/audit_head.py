"""Print the head of the audit log, to be kept on paper or another machine."""

from django.core.management.base import BaseCommand

from members.audit_chain import head


class Command(BaseCommand):
    help = "Prints number and hash of the newest audit event; `verify_audit --expect` proves it later."

    def handle(self, *args, **options):
        number, digest = head()
        self.stdout.write(f"{number}:{digest}")
