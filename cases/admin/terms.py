"""The table of term rules on the desk: adding, changing, retiring."""

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.actions import terms as action
from cases.admin.vocabulary import standing
from cases.models import TermRule
from members.admin.base import ScopedAdmin
from members.admin.bulk import Bulk
from members.admin.site import desk
from members.models import User
from members.permissions import Permission

RETIRE = Bulk(
    name="retire",
    label=_("Retire…"),
    before=standing,
    after=lambda row, nothing: standing(row) if row.retired_on else gettext("retired"),
    apply=lambda row, nothing, by: action.retire(rule=row, by=by),
    warning=_("Texts are no longer checked by a retired rule."),
)
RESTORE = Bulk(
    name="restore",
    label=_("Restore…"),
    before=standing,
    after=lambda row, nothing: gettext("in use"),
    apply=lambda row, nothing, by: action.restore(rule=row, by=by),
)


@admin.register(TermRule, site=desk)
class TermRuleAdmin(ScopedAdmin):
    permission = Permission.MANAGE_VOCABULARIES
    list_display = ["wrong", "advice", "source", "retired_on"]
    list_filter = [("retired_on", admin.EmptyFieldListFilter), "source"]
    search_fields = ["wrong", "advice", "source"]
    ordering = ["wrong", "pk"]
    fields = ["wrong", "advice", "source", "exceptions", "retired_on"]
    readonly_fields = ["retired_on"]
    bulk = (RETIRE, RESTORE)

    def get_fields(self, request: object, obj: TermRule | None = None) -> list[str]:
        return self.fields if obj else self.fields[:4]

    def store(self, by: User, obj: TermRule, values: dict, change: bool) -> TermRule:
        if change:
            return action.change(rule=TermRule.objects.get(pk=obj.pk), by=by, **values)
        return action.add(by=by, **values)
