"""Hand out what people decided in closed data matches, as counts without a person, for `make train-matcher`."""

import json

from django.core.management.base import BaseCommand
from django.db import transaction

from members import queries_match
from members.middleware import whole_scope
from members.models import MatchRun


class Command(BaseCommand):
    help = (
        "Print the decisions of all closed data matches as JSON lines: pass, levels, answer, count. No line holds "
        "anything of a person; make train-matcher ARGS='--labels FILE' reads them."
    )

    def handle(self, *args, **options):
        with transaction.atomic(), whole_scope():
            runs = MatchRun.objects.exclude(closed_at=None).only("decisions", "automatic_count", "sampled_count")
            found = queries_match.labels(runs.order_by("pk"))
        for label in found:
            self.stdout.write(json.dumps(label))
