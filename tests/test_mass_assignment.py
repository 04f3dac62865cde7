"""No form takes what it does not offer: another county's rows, or fields it has not got (`security.md` row 11).

Every form of every page is sent again with each choice set to ids of the other county, and with every column name of
our models thrown in. Whatever the answer: no row comes to point into the other county, and none of its rows changes.
"""

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test import Client
from django.urls import reverse

from members.models import Organisation, RoleAssignment, User
from members.permissions import Role
from tests.access_table import ROWS
from tests.test_access import address, county, world  # noqa: F401  (fixtures)
from tests.test_naughty_texts import forms_on, unlimited  # noqa: F401  (fixtures)

ROLES = [None, Role.OFFICIAL, Role.CHIEF_EDITOR, Role.STEWARD, Role.SECURITY_ADMIN]
DESK = [
    "/admin/members/organisation/add/",
    "/admin/members/organisation/{organisation}/change/",
    "/admin/members/user/add/",
    "/admin/members/user/{account}/change/",
    "/admin/members/user/{account}/grant/",
    "/admin/cases/case/{case}/change/",
]
APPS = ("members", "services", "cases")
# Written for whoever asks, whatever he asks for.
NOT_LOOKED_AT = {"members_auditevent", "members_audithead", "members_notice", "cases_casesequence"}


def tables():
    return [
        model
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        if model._meta.db_table not in NOT_LOOKED_AT
    ]


def fingerprint(other):
    """Return, per foreign key, how many rows point into the other county, and a digest of its own rows."""
    pointing, rows = {}, {}
    organisations = Organisation.objects.filter(path__startswith=other.path).values("pk")
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.paths', '*', true)")
        for model in tables():
            for field in model._meta.concrete_fields:
                if not isinstance(field, models.ForeignKey) or field.related_model not in (Organisation, User):
                    continue
                theirs = organisations
                if field.related_model is User:
                    theirs = User.objects.filter(organisation__in=organisations).values("pk")
                found = model._base_manager.filter(**{f"{field.name}__in": theirs})
                pointing[f"{model._meta.label}.{field.name}"] = found.count()
                if field.related_model is Organisation:
                    cursor.execute(
                        f"select md5(string_agg(t::text, '|' order by t.id)) from {model._meta.db_table} t"  # noqa: S608
                        f" where {field.column} in (select id from members_organisation where path like %s)",
                        [f"{other.path}%"],
                    )
                    rows[f"{model._meta.label}.{field.name}"] = cursor.fetchone()[0]
    return pointing, rows


class Writes:
    """Notes the tables of ours that a request writes to: most of these posts write nothing, and cost no look."""

    def __init__(self):
        self.tables = set()

    def __call__(self, execute, sql, params, many, context):
        words = sql.split(None, 3)
        if words[0].upper() in {"INSERT", "UPDATE", "DELETE"}:
            name = words[1 if words[0].upper() == "UPDATE" else 2].strip('"(').rstrip('"')
            if name.split("_")[0] in APPS and name not in NOT_LOOKED_AT:
                self.tables.add(name)
        return execute(sql, params, many, context)


def column_names():
    """Return every name a careless form might write to, of all our models."""
    names = {field.name for model in tables() for field in model._meta.concrete_fields}
    return sorted(names | {f"{name}_id" for name in names} - {"id"})


def ids_of(side):
    """Return the keys of the other county's rows, as a form would send them."""
    rows = [side[name] for name in ("organisation", "person", "case", "enterprise", "vehicle", "lead", "post")]
    return sorted({str(row.pk) for row in [*rows, side["users"][Role.EDITOR]]})


def pages(world, role):  # noqa: F811
    side = world["own"]
    names = [name for name in sorted(ROWS) if "GET" in ROWS[name].methods]
    found = [address(name, side) for name in names if (ROWS[name].access == "public") == (role is None)]
    named = {"case": side["case"].pk, "organisation": side["enterprise"].pk, "account": side["users"][Role.EDITOR].pk}
    desk = role in {Role.STEWARD, Role.SECURITY_ADMIN}
    return found + ([page.format(**named) for page in DESK] if desk else [])


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_no_form_reaches_into_the_other_county(role, world, unlimited):  # noqa: F811
    client, other, seen, wrote, broken = Client(), world["other"]["organisation"], set(), set(), []
    if role:
        client.force_login(world["own"]["users"][role])
    with transaction.atomic():
        before = fingerprint(other)
    foreign, strays = ids_of(world["other"]), column_names()

    for page in pages(world, role):
        for target, data, texts, others in forms_on(client, page):
            if (target, *sorted(data)) in seen:
                continue
            seen.add((target, *sorted(data)))
            written = {**data, **dict.fromkeys(texts, "文字")}
            thrown_in = {name: str(other.pk) for name in strays if name not in data}
            sent = [{**thrown_in, **written}]
            sent += [{**written, name: key} for name in others for key in foreign]
            for posted in sent:
                with transaction.atomic():
                    with connection.execute_wrapper(written_to := Writes()):
                        client.post(target, posted)
                    after = fingerprint(other) if written_to.tables else before
                    transaction.set_rollback(True)
                wrote |= written_to.tables
                changed = [name for name in before[0] if after[0][name] != before[0][name]]
                changed += [name for name in before[1] if after[1][name] != before[1][name]]
                if changed:
                    broken.append((target, sorted(set(posted) - set(thrown_in))[:8], changed))

    assert wrote
    assert broken == []


def test_the_check_sees_a_row_that_reaches_over(world):  # noqa: F811
    own, other = world["own"], world["other"]
    with transaction.atomic():
        before = fingerprint(other["organisation"])
        RoleAssignment.objects.create(user=own["users"][Role.EDITOR], role="editor", organisation=other["organisation"])
        after = fingerprint(other["organisation"])

    assert [name for name in before[0] if before[0][name] != after[0][name]] == ["members.RoleAssignment.organisation"]


def test_an_official_cannot_send_a_case_in_for_the_other_county(client, world):  # noqa: F811
    client.force_login(world["own"]["users"][Role.OFFICIAL])

    response = client.post(
        reverse("cases:intake_submit"),
        {
            "text": "驿站登记党员12名。",
            "title": "驿站",
            "action": "submit",
            "organisation": world["other"]["organisation"].pk,
        },
    )

    assert response.status_code != 302
