"""Setting up, using and losing the second factor of an account. Source: `security.md` row 4; RFC 6238."""

import secrets
import time

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from config.errors import Refused
from config.limits import hit
from config.sealed import seal, unseal
from members import audit
from members.actions.account import administrators_of, end_sessions, may_take_over
from members.actions.notice import tell
from members.models import FactorReset, RecoveryCode, SecondFactor, User

STEP_SECONDS = 30
DRIFT = (0, -1, 1)  # a phone's clock may be half a minute off
RECOVERY_CODES = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else on paper
GROUPS, GROUP_LENGTH = 3, 4  # 31^12: 59 bits

WRONG = _("This code is not right, or it has been used already. Wait for the next one and try again.")
TOO_OFTEN = _("Too many codes were tried for this account. Wait 15 minutes, then try again.")
LIMITS = ((10, 15 * 60), (200, 24 * 60 * 60))  # three codes in a million are right at any moment


@transaction.atomic
def begin(*, user: User) -> SecondFactor:
    """Make a new seed, which counts for nothing until a first code confirms it.

    Raises: Refused while the account has a factor. Side effects in order: lock of the account, row, audit row.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if SecondFactor.objects.in_use().filter(user=user).exists():
        raise Refused(_("Your account has a second factor already. Turn it off first."), code="has_factor")
    SecondFactor.objects.filter(user=user).delete()
    factor = SecondFactor(user=user)
    seal(factor, "seed_cipher", pyotp.random_base32())
    factor.save()
    audit.record(actor=user, event="factor.begin", target=user)
    return factor


@transaction.atomic
def confirm(*, user: User, code: str) -> list[str]:
    """Take the first code of a new factor; return the recovery codes, which nobody can show again.

    Other sessions of the account end. Raises: Refused for a wrong code or when nothing was begun.
    Side effects in order: lock, row, recovery codes, session epoch, audit row.
    """
    factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at=None).first()
    if factor is None:
        raise Refused(_("Begin again: nothing waits to be confirmed."), code="nothing_begun")
    step = _step_of(factor, code)
    if step is None:
        raise Refused(WRONG, code="wrong_code")
    factor.confirmed_at, factor.last_step = timezone.now(), step
    factor.save(update_fields=["confirmed_at", "last_step"])
    codes = _new_codes(factor)
    end_sessions(user)
    audit.record(actor=user, event="factor.confirm", target=user)
    return codes


def use(*, user: User, code: str) -> None:
    """Take a code of the phone or a recovery code, each once.

    Raises: Refused for a wrong or used code, and after ten tries in 15 minutes or 200 a day, right or wrong.
    Side effects in order: count of tries, lock, row, audit row; a wrong code leaves one as well.
    """
    if not all(hit(f"factor|{user.pk}|{seconds}", limit=limit, per_seconds=seconds) for limit, seconds in LIMITS):
        raise Refused(TOO_OFTEN, code="too_often")
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().in_use().filter(user=user).first()
        kind = _taken(factor, code) if factor is not None else ""
        audit.record(actor=user, event="factor.use", target=user, outcome="done" if kind else "failed", kind=kind)
    if not kind:
        raise Refused(WRONG, code="wrong_code")


@transaction.atomic
def renew_codes(*, user: User) -> list[str]:
    """Replace the recovery codes; the old ones die. Side effects in order: lock, rows, audit row."""
    factor = _locked(user)
    codes = _new_codes(factor)
    audit.record(actor=user, event="factor.codes", target=user)
    return codes


@transaction.atomic
def turn_off(*, user: User) -> None:
    """Take one's own factor off; other sessions end.

    Raises: Refused where the account's roles ask for one. Side effects in order: lock, row, session epoch, audit row.
    """
    factor = _locked(user)
    if settings.SECOND_FACTOR_REQUIRED and user.needs_factor:
        raise Refused(_("Your roles ask for a second factor: it cannot be turned off."), code="required")
    factor.delete()
    end_sessions(user)
    audit.record(actor=user, event="factor.off", target=user)


@transaction.atomic
def ask_reset(*, user: User, by: User) -> FactorReset:
    """Ask for a lost factor to be taken off; a second administrator has 72 hours to approve.

    Raises: Refused outside the scope, above it, for oneself, or when one waits already.
    Side effects in order: lock, row, audit row, notices to the account and to its other administrators.
    """
    _locked(user)
    may_take_over(user, by)
    if FactorReset.objects.waiting().filter(user=user).exists():
        raise Refused(_("A reset is waiting already for a second administrator."), code="waiting")
    reset = FactorReset.objects.create(user=user, asked_by=by)
    audit.record(actor=by, event="factor.reset_ask", target=user)
    tell(
        [other for other in administrators_of(user) if other.pk not in {by.pk, user.pk}],
        gettext_noop("%(by)s asks for the second factor of %(name)s to be reset; it needs your approval."),
        f"/admin/members/user/{user.pk}/change/",
        by=by.name,
        name=user.name,
    )
    tell(
        [user],
        gettext_noop("%(by)s asked for your second factor to be reset. If you did not want this, tell the auditor."),
        "/account/",
        by=by.name,
    )
    return reset


@transaction.atomic
def approve_reset(*, reset: FactorReset, by: User) -> None:
    """Approve as the second administrator: the factor is gone, sessions end.

    Raises: Refused for who asked, outside the scope, and when it is done or too old.
    Side effects in order: lock, rows, session epoch, audit row.
    """
    reset = FactorReset.objects.select_for_update(of=["self"]).select_related("user", "asked_by").get(pk=reset.pk)
    may_take_over(reset.user, by)
    if by.pk == reset.asked_by_id:
        raise Refused(_("Whoever asked cannot approve as well: another administrator must."), code="same_person")
    if not FactorReset.objects.waiting().filter(pk=reset.pk).exists():
        raise Refused(_("This reset was approved already or is older than 72 hours. Ask anew."), code="not_waiting")
    reset.approved_by, reset.approved_at = by, timezone.now()
    reset.save(update_fields=["approved_by", "approved_at"])
    SecondFactor.objects.filter(user=reset.user).delete()
    end_sessions(reset.user)
    audit.record(actor=by, event="factor.reset", target=reset.user, asked_by=reset.asked_by_id)


def uri(factor: SecondFactor) -> str:
    """Return what a QR code tells an authenticator app."""
    return _totp(factor).provisioning_uri(name=factor.user.username, issuer_name="大众党建案例库")


def seed(factor: SecondFactor) -> str:
    """Return the seed in groups of four, for typing it in where no camera is."""
    text = unseal(factor, "seed_cipher")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _locked(user: User) -> SecondFactor:
    factor = SecondFactor.objects.select_for_update().in_use().filter(user=user).first()
    if factor is None:
        raise Refused(_("This account has no second factor."), code="no_factor")
    return factor


def _totp(factor: SecondFactor) -> pyotp.TOTP:
    return pyotp.TOTP(unseal(factor, "seed_cipher"), interval=STEP_SECONDS)


def _step_of(factor: SecondFactor, code: str) -> int | None:
    """Return the step a code belongs to, None for a wrong one and for one not later than the last taken."""
    totp, now = _totp(factor), int(time.time()) // STEP_SECONDS
    steps = [now + drift for drift in DRIFT if constant_time_compare(totp.generate_otp(now + drift), code)]
    return max((step for step in steps if step > factor.last_step), default=None)


def _taken(factor: SecondFactor, code: str) -> str:
    """Use up a code; return which kind it was, `""` for a wrong one."""
    code = "".join(code.split()).replace("-", "").lower()
    step = _step_of(factor, code)
    if step is not None:
        factor.last_step = step
        factor.save(update_fields=["last_step"])
        return "phone"
    unused = factor.codes.filter(digest=_digest(factor, code), used_at=None)
    return "recovery" if unused.update(used_at=timezone.now()) else ""


def _new_codes(factor: SecondFactor) -> list[str]:
    factor.codes.all().delete()
    length = GROUPS * GROUP_LENGTH
    codes = ["".join(secrets.choice(ALPHABET) for _n in range(length)) for _m in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(factor=factor, digest=_digest(factor, code)) for code in codes)
    return ["-".join(code[start : start + GROUP_LENGTH] for start in range(0, length, GROUP_LENGTH)) for code in codes]


def _digest(factor: SecondFactor, code: str) -> str:
    """Digest a recovery code under the site's secret: 59 random bits need no slow hash beside a key."""
    return salted_hmac("members.factor.recovery", f"{factor.uuid}|{code}", algorithm="sha256").hexdigest()
