"""Give sealed columns new keys; may be killed and started again at any moment."""

from django.core.management.base import BaseCommand, CommandError

from config.errors import Refused
from members.actions import keys


class Command(BaseCommand):
    help = "Seal every sealed value with the current key. --new adds a key first, --retire N throws an old one away."

    def add_arguments(self, parser):
        parser.add_argument("--new", action="store_true", help="add new keys and make them current")
        parser.add_argument("--retire", type=int, metavar="N", help="throw key N away, if nothing needs it")
        parser.add_argument("--batch", type=int, default=1000, help="rows in one transaction")

    def handle(self, *args, **options):
        try:
            if options["retire"] is not None:
                keys.retire(options["retire"])
                self.say(f"密钥 {options['retire']} 已销毁。")
                return
            if options["new"]:
                ring = keys.add()
                self.say(f"已启用新密钥：加密 {ring.current}，摘要 {ring.current_digest}。")
            results = keys.reseal(options["batch"], lambda table, done: self.say(f"{table} {done}"))
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        for result in results:
            self.say(f"{result.table}：重新加密 {result.done} 行，打不开 {result.unreadable} 行。")
        if any(result.unreadable for result in results):
            raise CommandError("有的行用现有密钥打不开：请从托管副本恢复旧密钥后再运行。")

    def say(self, line):
        self.stdout.write(line)
        self.stdout.flush()
