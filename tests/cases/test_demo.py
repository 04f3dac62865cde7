"""The demo: built by the real actions, whole or not at all."""

import io

import pytest
from django.core.management import CommandError, call_command

from cases.models import Case, CleaningFix, Comment, LibraryEntry
from members.models import Organisation, RoleAssignment, User
from members.permissions import Role

pytestmark = pytest.mark.django_db


def test_seed_demo_fills_every_list_in_true_order_and_runs_once(settings, tmp_path):
    """One test, since drawing and rendering the demo's photos takes seconds."""
    settings.MEDIA_ROOT, settings.VAR_DIR = tmp_path / "media", tmp_path
    call_command("load_regions", stdout=io.StringIO())

    call_command("seed_demo", stdout=io.StringIO())

    assert set(Case.objects.values_list("state", flat=True)) == set(Case.State.values) - {Case.State.MERGED}
    assert set(RoleAssignment.objects.values_list("role", flat=True)) == set(Role.values)
    assert {entry.city.name for entry in LibraryEntry.objects.public()} == {"烟台市", "临沂市"}
    assert set(Comment.objects.values_list("state", flat=True)) == {"approved", "pending"}
    assert {"pinyin", "dead_image"} <= set(CleaningFix.objects.values_list("kind", flat=True))
    assert Organisation.objects.filter(code="linshu-logistics-committee-old").exists()
    for case in Case.objects.select_related("current_revision"):
        moments = [case.created_at, *case.decisions.order_by("pk").values_list("decided_at", flat=True)]
        assert moments == sorted(moments)
        assert case.current_revision.created_at == case.created_at
    path = tmp_path / "demo_accounts.txt"
    accounts = {line.split()[0]: line.split()[1] for line in path.read_text(encoding="utf-8").splitlines()}
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(accounts) == set(User.objects.values_list("username", flat=True))
    assert all(User.objects.get(username=name).check_password(password) for name, password in accounts.items())
    with pytest.raises(CommandError):
        call_command("seed_demo", stdout=io.StringIO())
