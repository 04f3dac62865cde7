"""Open the account everything on a new installation starts from."""

import secrets

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from members.actions import account, organisation
from members.models import Organisation, Region, User
from members.permissions import Role


class Command(BaseCommand):
    help = "Founds the top organisation and opens its security administrator; only while there is no account."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="name of the person")
        parser.add_argument("--organisation", required=True, help="full name of the top organisation")
        parser.add_argument("--region", required=True, help="GB/T 2260 code of its region")

    @transaction.atomic
    def handle(self, *args, **options):
        if User.objects.exists():
            raise CommandError("已有账号：其余账号请由安全管理员在网站上开设。")
        region = Region.objects.filter(code=options["region"]).first()
        if region is None:
            raise CommandError(f"没有代码为 {options['region']} 的行政区划：请填 GB/T 2260 的六位代码。")
        top = organisation.found(
            code=region.code,
            name=options["organisation"],
            kind=Organisation.Kind.AGENCY,
            region=region,
            by=None,
        )
        password = secrets.token_urlsafe(12)
        user = account.open_account(
            username=options["username"], name=options["name"], organisation=top, by=None, password=password
        )
        account.grant(user=user, role=Role.SECURITY_ADMIN, organisation=top, by=None)
        self.stdout.write(f"账号：{user.username}\n密码（只显示这一次，请登录后立即修改）：{password}")
