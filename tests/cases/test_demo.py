"""The demo: built by the real actions, whole or not at all."""

import datetime
import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases.models import Case, CleaningFix, Comment, LibraryEntry
from members import identity, queries_development
from members.middleware import whole_scope
from members.models import (
    CheckIn,
    CheckInPoint,
    Development,
    EnterpriseVisit,
    Lead,
    Organisation,
    Person,
    Post,
    RoleAssignment,
    User,
    Vehicle,
)
from members.models.development import Stage
from members.models.discovery import LeadState
from members.permissions import Role
from services.indicators import catalogue, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.registry import Scope
from services.models import Activity
from tests.cases import demo_figures

pytestmark = pytest.mark.django_db


def test_seed_demo_fills_every_list_in_true_order_and_runs_once(settings, tmp_path):
    """One test, since drawing and rendering the demo's photos takes seconds."""
    settings.MEDIA_ROOT, settings.VAR_DIR = tmp_path / "media", tmp_path
    call_command("load_regions", stdout=io.StringIO())

    call_command("seed_demo", stdout=io.StringIO())

    assert set(Case.objects.values_list("state", flat=True)) == set(Case.State.values) - {Case.State.MERGED}
    assert set(RoleAssignment.objects.values_list("role", flat=True)) == set(Role.values)
    assert {entry.city.name for entry in LibraryEntry.objects.public()} == {"烟台市", "临沂市"}
    assert LibraryEntry.objects.filter(figures_agreed__gt=0).count() >= 3  # 数据已核 is there to be seen
    assert set(Comment.objects.values_list("state", flat=True)) == {"approved", "pending"}
    assert {"pinyin", "dead_image"} <= set(CleaningFix.objects.values_list("kind", flat=True))
    assert Organisation.objects.filter(code="linshu-logistics-committee-old").exists()
    for case in Case.objects.select_related("current_revision"):
        moments = [case.created_at, *case.decisions.order_by("pk").values_list("decided_at", flat=True)]
        assert moments == sorted(moments)
        assert case.current_revision.created_at == case.created_at
    with whole_scope():
        _members_hold_what_the_write_up_says()
        assert _figures_that_differ() == []
        assert {row.days_late for row in Activity.objects.all()} == {0}
    path = tmp_path / "demo_accounts.txt"
    accounts = {line.split()[0]: line.split()[1] for line in path.read_text(encoding="utf-8").splitlines()}
    assert path.stat().st_mode & 0o777 == 0o600
    with_password = {user.username for user in User.objects.all() if user.has_usable_password()}
    assert set(accounts) == with_password
    assert all(User.objects.get(username=name).check_password(password) for name, password in accounts.items())
    with pytest.raises(CommandError):
        call_command("seed_demo", stdout=io.StringIO())


def _members_hold_what_the_write_up_says():
    zhaoyuan = Organisation.objects.get(code="zhaoyuan-transport")
    leads = Lead.objects.filter(organisation_path__startswith=zhaoyuan.path)
    confirmed = [lead.channel for lead in leads.confirmed()]
    channels = ("data_match", "enterprise_visit", "check_in", "vehicle")
    assert [confirmed.count(channel) for channel in channels] == [16, 10, 9, 0]
    assert set(leads.values_list("state", flat=True)) == set(LeadState.values)
    assert len({(lead.found_at.year, lead.found_at.month) for lead in leads}) > 8
    points = CheckInPoint.objects.filter(organisation_path__startswith=zhaoyuan.path, closed_at=None)
    assert points.count() == 6
    assert all(point.check_ins.exists() for point in points)
    assert CheckIn.objects.confirmed().filter(person__lead__channel="check_in").count() == 9
    visits = EnterpriseVisit.objects.filter(organisation=zhaoyuan)
    assert 300 <= visits.values("enterprise").distinct().count() < 400
    assert 40 <= User.objects.filter(visits__in=visits).distinct().count() < 50
    codes = Organisation.objects.exclude(uscc="").values_list("uscc", flat=True)
    assert codes and all(identity.read_credit_code(code).is_usable for code in codes)
    today = timezone.localdate()
    for rows in (Person.objects, Vehicle.objects, Post.objects, Lead.objects):
        for county in ("zhaoyuan-transport", "linshu"):
            path = Organisation.objects.get(code=county).path
            assert rows.filter(organisation_path__startswith=path).exists()
    for county in ("zhaoyuan-transport", "linshu"):
        path = Organisation.objects.get(code=county).path
        keys = queries_development.open_keys(Development.objects.filter(organisation_path__startswith=path), today)
        assert keys["overdue"] and keys["one_sided"]
    assert set(Development.objects.values_list("stage", flat=True)) == set(Stage.values)
    for lead in leads:
        moments = [lead.person.created_at, lead.found_at, lead.touched_at]
        assert moments == sorted(moments)


def _figures_that_differ():
    """Return the quoted figures that the registry does not put where the write-ups do."""
    today = timezone.localdate()
    spring = today.year if today > datetime.date(today.year, 6, 30) else today.year - 1
    since = today - datetime.timedelta(days=365)
    periods_meant = {
        demo_figures.YEAR: f"since:{since}..{today}",
        demo_figures.SPRING: f"{spring}Q2",
        demo_figures.NOW: f"asof:{today}",
    }
    bodies = {code: Organisation.objects.get(code=code) for code in (demo_figures.Z, demo_figures.L)}
    differing = []
    for code, key, filters, name, lowest, highest in demo_figures.QUOTED:
        period = periods.parse(periods_meant[name], today)
        value = registry.read(key, Scope(bodies[code]), period, **filters).value
        if value is None or not lowest <= value <= highest:
            differing.append((code, key, filters, value))
    return differing
