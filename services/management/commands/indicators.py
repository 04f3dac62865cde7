"""Print what the indicators say, one line each."""

import json
from urllib.parse import parse_qsl

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from config.errors import Refused
from members.middleware import whole_scope
from members.models import Organisation
from services.indicators import catalogue, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.registry import Scope


class Command(BaseCommand):
    help = (
        "Prints indicators for an organisation and everything under it. A key may be narrowed: "
        "activity.count?kind__group=care. Without keys: the whole catalogue."
    )

    def add_arguments(self, parser):
        parser.add_argument("keys", nargs="*", metavar="KEY")
        parser.add_argument("--organisation", metavar="CODE", help="the whole house without it")
        parser.add_argument("--period", metavar="P", help="2024, 2024Q2, 2024-07, since:2022-03-01..2024-12-31, asof:…")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args, **options):
        today = timezone.localdate()
        try:
            period = periods.parse(options["period"], today) if options["period"] else periods.this_year(today)
            scope = Scope(self._organisation(options["organisation"]))
            with transaction.atomic(), whole_scope():
                for text in options["keys"] or [indicator.key for indicator in registry.everything()]:
                    key, _mark, filters = text.partition("?")
                    self._print(registry.read(key, scope, period, **dict(parse_qsl(filters))), options["json"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from None

    def _organisation(self, code):
        if not code:
            return None
        found = Organisation.objects.select_related("region").by_code(code)
        if found is None:
            raise CommandError(f"没有代码为 {code} 的组织。")
        return found

    def _print(self, reading, is_json):
        if is_json:
            self.stdout.write(json.dumps(reading.as_json(), ensure_ascii=False))
            return
        indicator = reading.indicator
        self.stdout.write(f"{indicator.key:<26}{reading.text:>12} {indicator.unit}  {indicator.label}")
