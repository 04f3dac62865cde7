"""Where: administrative divisions, and the one tree of every body."""

from collections.abc import Iterable

from django.db import models
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

models.CharField.register_lookup(Length)


@models.CharField.register_lookup
class Under(models.Lookup):
    """`path__under=prefix`: what startswith says, in an operator that row-level security lets an index answer.

    Of a table with a policy Postgres reads every row before it asks LIKE, since LIKE might tell of rows nobody may see.
    """

    lookup_name = "under"

    def as_sql(self, compiler: object, connection: object) -> tuple[str, list]:
        """Return `path ^@ prefix`."""
        path, values = self.process_lhs(compiler, connection)
        prefix, more = self.process_rhs(compiler, connection)
        return f"{path} ^@ {prefix}", [*values, *more]


def under_paths(field: str, paths: Iterable[str]) -> models.Q:
    """Match rows whose path starts with any of `paths`; no paths match nothing."""
    condition = models.Q(pk__in=[])
    for path in paths:
        condition |= models.Q(**{f"{field}__under": path})
    return condition


class RegionQuerySet(models.QuerySet):
    """Reads of regions. They are public: a standard's code list."""

    def cities(self) -> "RegionQuerySet":
        """Keep the prefecture-level divisions, by code."""
        return self.filter(level=Region.Level.CITY).order_by("code")

    def under(self, paths: Iterable[str]) -> "RegionQuerySet":
        """Keep the divisions at or below any of `paths`."""
        return self.filter(under_paths("path", paths))


class Region(models.Model):
    """An administrative division. Source: GB/T 2260, six digits; townships by GB/T 10114, nine."""

    class Level(models.TextChoices):
        """How high a division stands."""

        PROVINCE = "province", _("Province")
        CITY = "city", _("City")
        COUNTY = "county", _("County")
        TOWNSHIP = "township", _("Township")

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=60)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, verbose_name=_("above"))
    path = models.CharField(_("path"), max_length=60, unique=True, editable=False)

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        constraints = [
            models.CheckConstraint(condition=models.Q(path__regex=r"^([0-9]+\.)+$"), name="region_path_closed"),
            models.CheckConstraint(condition=models.Q(code__regex=r"^[0-9]{6}([0-9]{3})?$"), name="region_code_digits"),
        ]
        indexes = [models.Index(fields=["path"], name="region_path_prefix", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return self.name


class OrganisationQuerySet(models.QuerySet):
    """Reads of organisations."""

    def visible_to(self, user: models.Model) -> "OrganisationQuerySet":
        """Keep what lies in any subtree in which the user has a role."""
        return self.filter(under_paths("path", user.paths()))

    def current(self) -> "OrganisationQuerySet":
        """Keep bodies that exist today."""
        return self.filter(closed_on=None, merged_into=None)

    def by_code(self, code: str) -> "Organisation | None":
        """Return the body a code stands for today: the code of a merged body finds the one it became part of."""
        organisation = self.filter(code=code).first()
        while organisation is not None and organisation.merged_into_id is not None:
            organisation = self.model.objects.filter(pk=organisation.merged_into_id).first()
        return organisation


class Organisation(models.Model):
    """A body of any kind: one tree, its path made of primary keys with a closing dot."""

    class Kind(models.TextChoices):
        """What sort of body this is. Labels as the party's regulations write them."""

        PARTY_COMMITTEE = "party_committee", _("Party committee")
        GENERAL_BRANCH = "general_branch", _("General party branch")
        PARTY_BRANCH = "party_branch", _("Party branch")
        PARTY_GROUP = "party_group", _("Party group")
        INDUSTRY_COMMITTEE = "industry_committee", _("Industry party committee")
        AGENCY = "agency", _("Agency")
        ENTERPRISE = "enterprise", _("Enterprise")
        TOWNSHIP = "township", _("Township or subdistrict")
        COMMUNITY = "community", _("Village or community")
        MASS_ORGANISATION = "mass_organisation", _("Mass organisation")
        PLATFORM = "platform", _("Platform")
        TEMPORARY = "temporary", _("Temporary body")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, verbose_name=_("above"))
    path = models.CharField(_("path"), max_length=200, unique=True, editable=False)
    region = models.ForeignKey(Region, models.PROTECT, verbose_name=_("region"))
    uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed", verbose_name=_("merged into")
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.CheckConstraint(condition=models.Q(path__regex=r"^([0-9]+\.)+$"), name="organisation_path_closed"),
            models.UniqueConstraint(fields=["uscc"], condition=~models.Q(uscc=""), name="organisation_uscc_once"),
            models.CheckConstraint(
                condition=models.Q(uscc="") | models.Q(uscc__length=18), name="organisation_uscc_length"
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | ~models.Q(merged_into=models.F("id")),
                name="organisation_not_into_itself",
            ),
        ]
        indexes = [models.Index(fields=["path"], name="organisation_path_prefix", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return self.name

    @property
    def brief(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name
