"""Answer the two questions of a breach: who saw a person's numbers, and whose numbers an account saw."""

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members import queries

DAYS = 183  # half a year; security.md row 26


class Command(BaseCommand):
    help = "Print every time a number was shown: --person ID, or --account USERNAME; the last half year."

    def add_arguments(self, parser):
        parser.add_argument("--person", type=int)
        parser.add_argument("--account")
        parser.add_argument("--days", type=int, default=DAYS)

    def handle(self, *args, **options):
        if (options["person"] is None) == (options["account"] is None):
            raise CommandError("请写明 --person 编号 或 --account 用户名，二者选一。")
        since = timezone.now() - timedelta(days=options["days"])
        events = queries.reveals(since, person=options["person"], account=options["account"])
        for event, account in events:
            at = timezone.localtime(event.at)
            who = account.username if account else event.actor_id
            what = event.detail.get("field", "")
            why = event.detail.get("reason", "")
            self.stdout.write(f"{at:%Y-%m-%d %H:%M:%S}  {who}  人员 {event.object_id}  {what}  {why}  {event.outcome}")
        self.stdout.write(f"共 {len(events)} 次。")
