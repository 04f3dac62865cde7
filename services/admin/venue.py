"""Venues on the desk: two entries of one place become one."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from members.admin.merge import offer
from members.admin.site import desk
from members.permissions import Permission
from services.actions import merge_venue
from services.admin.merging import MergingAdmin
from services.models import Venue


@admin.register(Venue, site=desk)
class VenueAdmin(MergingAdmin):
    """Kept on their own pages; here doubles are merged."""

    permission = Permission.MANAGE_VOCABULARIES
    scope_path = "organisation__path"
    is_addable = False
    is_changeable = False
    list_display = ["name", "kind", "organisation", "region", "opened_on", "closed_on", "merged_into"]
    list_filter = [
        ("kind", admin.RelatedFieldListFilter),
        ("closed_on", admin.EmptyFieldListFilter),
        ("merged_into", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["kind", "organisation", "region", "merged_into"]
    search_fields = ["name", "address", "organisation__name"]
    ordering = ["name", "pk"]
    fields = readonly_fields = [
        "name",
        "kind",
        "organisation",
        "region",
        "address",
        "opened_on",
        "closed_on",
        "rooms",
        "beds",
        "zones",
        "area_square_metres",
        "merged_into",
    ]
    merge_title = _("Merge two venues")
    merge_labels = (_("The one to keep"), _("The one that becomes part of it"))
    merge_words = _("What happened at the second venue belongs to the first afterwards; the second is closed.")
    merge_done = _("Merged. Here is what moved, and the button that takes it back.")
    preview = merge_venue.preview
    refusal = merge_venue.refusal
    merge = merge_venue.merge

    def merge_rows(self, request: HttpRequest) -> models.QuerySet:
        rows = self.get_queryset(request).filter(merged_into=None)
        return rows.select_related("organisation").order_by("name", "pk")


offer(Venue, merge_venue.undo)
