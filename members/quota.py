"""How many bytes of files an organisation keeps, and may (`security.md` row 37).

`settings.KEPT_FILES` names the tables that hold files; whoever keeps one more calls `check` before.
Two uploads at the very same moment may both pass the last gap: the limit protects the disk, it is no invoice.
"""

from django.apps import apps
from django.conf import settings
from django.db.models import BigIntegerField, OuterRef, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members.middleware import whole_scope
from members.models import Organisation


def bytes_of_organisation() -> Combinable:
    """Return an expression that annotates organisations with the bytes they keep, without those below them."""
    total: Combinable = Value(0, output_field=BigIntegerField())
    for label, size, organisation in settings.KEPT_FILES:
        rows = apps.get_model(label)._default_manager.filter(**{organisation: OuterRef("pk")}).order_by()
        summed = rows.values(organisation).annotate(total=Sum(size)).values("total")
        total = total + Coalesce(Subquery(summed, output_field=BigIntegerField()), 0)
    return total


def used(organisation: Organisation) -> int:
    """Count the bytes an organisation keeps, whoever asks. Needs a transaction."""
    with whole_scope():
        rows = Organisation.objects.filter(pk=organisation.pk).annotate(kept=bytes_of_organisation())
        return rows.values_list("kept", flat=True).get()


def check(organisation: Organisation, adding: int) -> None:
    """Raises: Refused when so many bytes more would pass the limit of the organisation. Needs a transaction."""
    kept, limit = used(organisation), settings.UNIT_QUOTA_BYTES
    if kept + adding > limit:
        raise Refused(
            _(
                "%(organisation)s has used %(used)s of the %(limit)s for its files, so this one of %(size)s does not"
                " fit. Make it smaller or remove photos, or ask the administrator of the server for more room."
            )
            % {
                "organisation": organisation,
                "used": filesizeformat(kept),
                "limit": filesizeformat(limit),
                "size": filesizeformat(adding),
            },
            code="quota",
        )
