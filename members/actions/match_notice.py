"""Telling the two sides of a data match, blind or not, that it waits for their approval."""

from django.utils.translation import gettext_noop

from members import queries_match
from members.actions.notice import tell
from members.models import MatchRun
from members.models.match import Side

WAITS = gettext_noop("The data match “%(purpose)s” is counted and waits for the approval of %(body)s.")


def ask_approval(run: MatchRun) -> None:
    """Tell the officials of each side that has not approved; nobody who has approved for the other side.

    Side effects: notices after commit.
    """
    approvals = dict(run.approvals.values_list("side", "by"))
    for side, body in ((Side.PRACTITIONERS, run.organisation), (Side.MEMBERS, run.members_organisation)):
        if side not in approvals:
            asked = [user for user in queries_match.approvers(body) if user.pk not in approvals.values()]
            tell(asked, WAITS, run.get_absolute_url(), purpose=run.purpose, body=str(body))
