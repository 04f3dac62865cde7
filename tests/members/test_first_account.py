"""The account a new installation starts from."""

import re

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from members.models import Organisation, User
from members.permissions import Role

pytestmark = pytest.mark.django_db
PEOPLE = {"name": "张三", "organisation": "某某县委社会工作部"}


@pytest.fixture
def regions():
    call_command("load_regions")


def test_first_account_is_security_administrator_of_the_top_organisation(regions, capsys):
    call_command("first_account", "zhangsan", region="370685", **PEOPLE)

    user = User.objects.get()
    password = re.search(r"密码.*：(\S+)", capsys.readouterr().out)[1]
    assert user.check_password(password)
    assert user.organisation == Organisation.objects.get(name="某某县委社会工作部", parent=None)
    assert user.current_roles == [(Role.SECURITY_ADMIN, user.organisation.path)]


def test_first_account_is_refused_once_there_is_one(regions):
    call_command("first_account", "zhangsan", region="370685", **PEOPLE)

    with pytest.raises(CommandError, match="已有账号"):
        call_command("first_account", "lisi", region="370685", **PEOPLE)

    assert User.objects.count() == 1


def test_first_account_names_an_unknown_region(regions):
    with pytest.raises(CommandError, match="没有代码为 999999 的行政区划"):
        call_command("first_account", "zhangsan", region="999999", **PEOPLE)
