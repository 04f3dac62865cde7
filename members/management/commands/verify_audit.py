"""Prove that nobody edited or deleted what the audit log holds."""

import sys

from django.core.management.base import BaseCommand, CommandError

from members.audit_chain import problems


class Command(BaseCommand):
    help = "Checks every hash, every link and the head of the audit log; exit status 1 when something is wrong."

    def add_arguments(self, parser):
        parser.add_argument("--from", dest="first", type=int, default=1, metavar="N", help="first number to check")
        parser.add_argument("--expect", metavar="NUMBER:HASH", help="a head printed earlier by audit_head")

    def handle(self, *args, **options):
        expected = None
        if options["expect"]:
            number, _colon, digest = options["expect"].partition(":")
            if not number.isdecimal() or not digest:
                raise CommandError("--expect takes NUMBER:HASH as audit_head prints it")
            expected = int(number), digest
        found, checked = problems(first=options["first"], expected=expected)
        for line in found:
            self.stderr.write(line)
        if found:
            sys.exit(1)
        self.stdout.write(f"{checked} events checked, nothing wrong.")
