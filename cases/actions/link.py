"""Doors for people without an account: an address nobody can guess, of which only the digest is kept."""

import base64
import hashlib
import hmac
import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cases.models import Case, SecretLink
from cases.models.intake import digest_of_token
from members import audit
from members.models import Organisation, User

TOKEN_BYTES = 32
CASE_DAYS = 730  # our choice: from submission past publication, and long enough for a correction


@transaction.atomic
def give(*, organisation: Organisation, label: str, days: int, by: User) -> tuple[SecretLink, str]:
    """Open a door for submissions; return it with its token, which nobody can show again.

    Side effects in order: link, audit row.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = SecretLink.objects.create(
        token_sha256=digest_of_token(token),
        organisation=organisation,
        label=label,
        created_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    audit.record(actor=by, event="link.give", target=link, organisation=organisation.pk, days=days)
    return link, token


@transaction.atomic
def open_case_page(*, case: Case, once_token: uuid.UUID) -> str:
    """Give a case a page of its own for its contributor and return the token; the same press gives the same one.

    The token is made from the press and the site's secret key, so that a second press, or a reload, finds the page
    although only its digest is stored.
    Side effects in order: link, audit row.
    """
    token = hmac.new(settings.SECRET_KEY.encode(), f"case-page|{once_token}".encode(), hashlib.sha256).digest()
    token = base64.urlsafe_b64encode(token).rstrip(b"=").decode()
    link, is_new = SecretLink.objects.get_or_create(
        token_sha256=digest_of_token(token),
        defaults={
            "organisation": case.organisation,
            "case": case,
            "label": case.contributor_name,
            "expires_at": timezone.now() + timedelta(days=CASE_DAYS),
        },
    )
    if is_new:
        audit.record(actor=None, event="link.open_case_page", target=link, case=case.pk)
    return token


@transaction.atomic
def revoke(*, link: SecretLink, by: User) -> None:
    """Close a door for good; closing it twice changes nothing. Side effects in order: lock, moment, audit row."""
    link = SecretLink.objects.select_for_update().get(pk=link.pk)
    if link.revoked_at is not None:
        return
    link.revoked_at = timezone.now()
    link.save(update_fields=["revoked_at"])
    audit.record(actor=by, event="link.revoke", target=link)
