"""Load the code list of administrative divisions."""

import csv
from pathlib import Path

from django.core.management.base import BaseCommand
from django.db import transaction

from members.models import Region

DEFAULT = Path(__file__).resolve().parents[2] / "regions" / "shandong.csv"


class Command(BaseCommand):
    help = "Loads GB/T 2260 divisions from a CSV (code,name,level,parent); known codes get the new name."

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)

    @transaction.atomic
    def handle(self, *args, **options):
        known = {region.code: region for region in Region.objects.all()}
        with options["file"].open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        for row in rows:
            parent = known.get(row["parent"])
            values = {
                "name": row["name"],
                "level": row["level"],
                "parent": parent,
                "path": f"{parent.path if parent else ''}{row['code']}.",
            }
            known[row["code"]], _created = Region.objects.update_or_create(code=row["code"], defaults=values)
        self.stdout.write(f"已载入行政区划 {len(rows)} 个。")
