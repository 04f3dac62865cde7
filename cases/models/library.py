"""The public library: a projection of published cases, the only table the public pages read texts from."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case, SubjectField
from members.models import Organisation, Region


class LibraryEntryQuerySet(models.QuerySet):
    """Reads of the library: everything in it is public."""

    def public(self) -> "LibraryEntryQuerySet":
        """Keep what readers may open; withdrawn cases keep a page that says so."""
        return self.filter(withdrawn_at=None)


class LibraryEntry(models.Model):
    """A published case as readers see it. Written by publish, correct and retract; never edited otherwise."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="library_entry")
    slug = models.CharField(_("address"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    summary = models.CharField(_("summary"), max_length=200)
    organisation_name = models.CharField(_("organisation"), max_length=120)
    organisation_kind = models.CharField(_("kind of organisation"), max_length=20, choices=Organisation.Kind)
    credit = models.CharField(_("contributor"), max_length=60, blank=True)
    city = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+", verbose_name=_("city"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    year = models.PositiveSmallIntegerField(_("year"))
    field = models.ForeignKey(SubjectField, models.PROTECT, null=True, related_name="+", verbose_name=_("field"))
    published_at = models.DateTimeField(_("published at"))
    updated_at = models.DateTimeField(_("updated at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    withdrawal_note = models.TextField(_("why withdrawn"), blank=True)
    related_at = models.DateTimeField(null=True, editable=False)
    figures_agreed = models.PositiveSmallIntegerField(
        _("figures that agree with the ledger"), default=0, editable=False
    )

    objects = LibraryEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("library entry")
        verbose_name_plural = _("library entries")
        indexes = [
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="library_title_trigrams"),
            models.Index(fields=["-published_at", "-case"], name="library_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the canonical address."""
        return self.address(self.slug)

    @staticmethod
    def address(slug: str) -> str:
        """Return the canonical address of an entry."""
        return reverse("cases:library_detail", args=[slug])


class LibraryIndex(models.Model):
    """What the search knows of a public entry: `cases/search/lexemes.py` says what the vectors hold.

    A table of its own, so that ranking and counting pass over narrow rows. The primary key is the order of
    publication; an entry that is withdrawn has no row, and gets a new one when it is published again.
    """

    entry = models.OneToOneField(LibraryEntry, models.CASCADE, related_name="index")
    words = SearchVectorField(editable=False)
    ranking = SearchVectorField(editable=False)
    city = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    field = models.ForeignKey(SubjectField, models.PROTECT, null=True, related_name="+", db_index=False)
    organisation_kind = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("search index")
        verbose_name_plural = _("search index")
        # No pending list: a search would read all of it. (Postgres joins new postings at once instead.)
        indexes = [GinIndex(fields=["words"], name="library_index_words", fastupdate=False)]

    def __str__(self) -> str:
        return str(self.entry_id)


class RelatedEntry(models.Model):
    """Two published cases that share words; `terms` is the reason shown. Recomputed by the worker."""

    entry = models.ForeignKey(LibraryEntry, models.CASCADE, related_name="related")
    other = models.ForeignKey(LibraryEntry, models.CASCADE, related_name="+")
    score = models.FloatField()
    terms = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "other"], name="related_once"),
            models.CheckConstraint(condition=~models.Q(entry=models.F("other")), name="related_not_to_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} ~ {self.other_id}"
