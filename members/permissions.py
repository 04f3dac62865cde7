"""Who may do what: the permissions, the roles, and the one table that joins them.

The database stores a role's short name, never a Python path. Over which rows a role acts is decided by the
organisation subtree of its assignment, see `members.models.account`.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """One thing a person may be allowed to do."""

    READ_CASES = "read_cases", _("Read cases in scope")
    READ_DESK = "read_desk", _("Read how the desk decides")
    SUBMIT_CASE = "submit_case", _("Submit cases")
    DRAFT_CASE = "draft_case", _("Draft cases from the ledger")
    MANAGE_LINKS = "manage_links", _("Give out submission links")
    EDIT_CASE = "edit_case", _("Edit case texts")
    SIGN_FIRST = "sign_first", _("Sign the first review")
    SIGN_SECOND = "sign_second", _("Sign the second review")
    SIGN_FINAL = "sign_final", _("Sign the final review")
    SCORE_CASES = "score_cases", _("Review cases given to them")
    ASSIGN_REVIEWS = "assign_reviews", _("Give cases to reviewers")
    PUBLISH_CASE = "publish_case", _("Publish, correct and withdraw cases")
    MANAGE_CALLS = "manage_calls", _("Manage calls for cases")
    RECOMMEND_CASE = "recommend_case", _("Recommend cases in a call")
    HANDLE_OBJECTIONS = "handle_objections", _("Handle objections in a public notice")
    MODERATE_COMMENTS = "moderate_comments", _("Moderate comments")
    READ_PEOPLE = "read_people", _("Read the register of people, masked")
    EDIT_PEOPLE = "edit_people", _("Keep the register of people and its leads")
    EXPORT_PEOPLE = "export_people", _("Export lists of people, masked")
    READ_LEDGER = "read_ledger", _("Read the ledger, its figures and its dashboard")
    LOG_ACTIVITY = "log_activity", _("Log activities, grants and venues")
    HANDLE_MATTER = "handle_matter", _("Take in, handle and close matters")
    DECIDE_MATTER = "decide_matter", _("Decline, extend and merge matters, and call back")
    MANAGE_PAIRINGS = "manage_pairings", _("Manage pairings and excuses")
    MANAGE_CAMPAIGNS = "manage_campaigns", _("Manage campaigns, targets and task lists")
    ASSESS = "assess", _("Assess branches and members")
    ENTER_FIGURES = "enter_figures", _("Enter figures that others attest")
    SEND_REPORT = "send_report", _("Make and send reports")
    IMPORT_LEDGER = "import_ledger", _("Import workbooks into the ledger")
    EXPORT_LEDGER = "export_ledger", _("Export lists of the ledger")
    MANAGE_ORGANISATIONS = "manage_organisations", _("Manage organisations")
    MANAGE_VOCABULARIES = "manage_vocabularies", _("Manage vocabularies")
    MANAGE_ACCOUNTS = "manage_accounts", _("Manage accounts and roles")
    USE_ADMIN = "use_admin", _("Use the data desk")
    READ_AUDIT = "read_audit", _("Read the audit log")


class Role(TextChoices):
    """The hats of this house. One person may wear several, each over its own subtree."""

    CONTRIBUTOR = "contributor", _("Contributor")
    RECOMMENDER = "recommender", _("Recommender")
    OFFICIAL = "official", _("Official")
    OVERSEER = "overseer", _("Overseer")
    EDITOR = "editor", _("Editor")
    CHIEF_EDITOR = "chief_editor", _("Chief editor")
    REVIEWER = "reviewer", _("Outside reviewer")
    STEWARD = "steward", _("Data steward")
    SECURITY_ADMIN = "security_admin", _("Security administrator")
    AUDITOR = "auditor", _("Auditor")


P = Permission

KEEPS_LEDGER = frozenset(
    {
        P.READ_LEDGER,
        P.LOG_ACTIVITY,
        P.HANDLE_MATTER,
        P.DECIDE_MATTER,
        P.MANAGE_PAIRINGS,
        P.MANAGE_CAMPAIGNS,
        P.ASSESS,
        P.ENTER_FIGURES,
        P.SEND_REPORT,
        P.IMPORT_LEDGER,
        P.EXPORT_LEDGER,
    }
)

# Whoever may reveal, export or administer has a second factor (`security.md` row 4).
NEEDS_FACTOR = frozenset(
    {
        P.EDIT_PEOPLE,
        P.EDIT_CASE,
        P.USE_ADMIN,
        P.MANAGE_ACCOUNTS,
        P.READ_AUDIT,
        *(p for p in P if p.startswith("export_")),
    }
)

# Whoever holds one of these over a body stands on its side.
OWN_ROLES = frozenset({Role.CONTRIBUTOR, Role.RECOMMENDER, Role.OFFICIAL})

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CONTRIBUTOR: frozenset({P.SUBMIT_CASE}),
    Role.RECOMMENDER: frozenset({P.SUBMIT_CASE, P.READ_CASES, P.MANAGE_LINKS, P.RECOMMEND_CASE}),
    Role.OFFICIAL: frozenset({P.SUBMIT_CASE, P.DRAFT_CASE, P.READ_CASES, P.READ_PEOPLE, P.EDIT_PEOPLE}) | KEEPS_LEDGER,
    Role.OVERSEER: frozenset(
        {P.READ_CASES, P.READ_DESK, P.READ_PEOPLE, P.READ_LEDGER, P.EXPORT_LEDGER, P.EXPORT_PEOPLE}
    ),
    Role.EDITOR: frozenset(
        {
            P.SUBMIT_CASE,
            P.READ_CASES,
            P.READ_DESK,
            P.MANAGE_LINKS,
            P.EDIT_CASE,
            P.SIGN_FIRST,
            P.SIGN_SECOND,
            P.HANDLE_OBJECTIONS,
            P.SCORE_CASES,
            P.MODERATE_COMMENTS,
        }
    ),
    Role.CHIEF_EDITOR: frozenset(
        {
            P.SUBMIT_CASE,
            P.READ_CASES,
            P.READ_DESK,
            P.MANAGE_LINKS,
            P.EDIT_CASE,
            P.SIGN_FIRST,
            P.SIGN_SECOND,
            P.SIGN_FINAL,
            P.SCORE_CASES,
            P.ASSIGN_REVIEWS,
            P.PUBLISH_CASE,
            P.MANAGE_CALLS,
            P.HANDLE_OBJECTIONS,
            P.MODERATE_COMMENTS,
        }
    ),
    Role.REVIEWER: frozenset({P.SCORE_CASES}),
    Role.STEWARD: frozenset(
        {
            P.USE_ADMIN,
            P.READ_CASES,
            P.READ_DESK,
            P.READ_PEOPLE,
            P.EDIT_PEOPLE,
            P.READ_LEDGER,
            P.IMPORT_LEDGER,
            P.EXPORT_LEDGER,
            P.EXPORT_PEOPLE,
            P.MANAGE_CALLS,
            P.MANAGE_ORGANISATIONS,
            P.MANAGE_VOCABULARIES,
        }
    ),
    Role.SECURITY_ADMIN: frozenset({P.USE_ADMIN, P.MANAGE_ACCOUNTS}),
    Role.AUDITOR: frozenset({P.READ_AUDIT}),
}
