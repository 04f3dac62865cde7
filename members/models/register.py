"""People with their four links, their posts and their vehicles."""

import uuid
from collections.abc import Iterable

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.cipher import Undecipherable
from config.sealed import SealedField, key_ring, unseal
from members import identity
from members.models.organisation import Organisation, under_paths
from members.permissions import Permission

LINKS = ("party_branch", "employer", "industry_committee", "home_community")


class RevealReason(models.TextChoices):
    """Why somebody may see a number in full. A choice, since free text would carry values into the audit log."""

    CONTACT = "contact", _("To reach the person")
    VERIFY = "verify", _("To check it against a document")
    CORRECT = "correct", _("To correct the register")
    OWN_REQUEST = "own_request", _("At the person's own request")
    TRANSFER = "transfer", _("For the transfer of party membership")


class PersonQuerySet(models.QuerySet):
    """Reads of people; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "PersonQuerySet":
        """Keep people of the organisations in which the user may read people, but for entries merged into others."""
        return self.filter(under_paths("organisation_path", user.paths(Permission.READ_PEOPLE)), merged_into=None)

    def absorbing(self, pk: int) -> "Person | None":
        """Return the person an absorbed entry is part of today, if among these; None for any other entry."""
        kept = self.model.objects.filter(pk=pk).values_list("merged_into", flat=True).first()
        while kept is not None:
            last, kept = kept, self.model.objects.filter(pk=kept).values_list("merged_into", flat=True).first()
            if kept is None:
                return self.filter(pk=last).first()
        return None

    def with_number(self, place: str, value: str) -> "PersonQuerySet":
        """Keep people with exactly this identity number or phone (normalised), by digest under every live key."""
        return self.filter(**{f"{place}_digest__in": key_ring().digests(place, value)})

    def with_links(self) -> "PersonQuerySet":
        """Load the organisation and the four links along."""
        return self.select_related("organisation", *LINKS)


class Person(models.Model):
    """A person the ledger knows. `organisation_path` repeats the organisation's path for row-level security.

    Identity number and phone stand here as ciphertext and keyed digest only; the masks are derived from them.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="people", verbose_name=_("organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    identity_cipher = SealedField(place="identity", digest="identity_digest", default=b"")
    identity_digest = models.BinaryField(null=True, unique=True)
    phone_cipher = SealedField(place="phone", digest="phone_digest", default=b"")
    phone_digest = models.BinaryField(null=True, db_index=True)
    party_branch = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="branch_members",
        verbose_name=_("party branch"),
    )
    employer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="employees", verbose_name=_("employer")
    )
    industry_committee = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="committee_members",
        verbose_name=_("industry party committee"),
    )
    home_community = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="residents", verbose_name=_("home community")
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="absorbed",
        verbose_name=_("merged into"),
    )
    created_at = models.DateTimeField(_("registered at"), default=timezone.now, editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | models.Q(identity_digest=None, phone_digest=None),
                name="person_merged_has_no_number",
            )
        ]
        indexes = [
            models.Index(fields=["organisation_path"], name="person_path_prefix", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The register page."""
        return reverse("members:register_person", args=[self.pk])

    @property
    def identity_masked(self) -> str:
        """First and last character of the identity number, `""` for none, `?` where no key opens it."""
        return self._masked("identity_cipher", identity.mask_id)

    @property
    def phone_masked(self) -> str:
        """First three and last two digits of the phone, `""` for none, `?` where no key opens it."""
        return self._masked("phone_cipher", identity.mask_phone)

    @property
    def missing_links(self) -> list[str]:
        """The names of the links nobody has filled in yet."""
        return [str(self._meta.get_field(name).verbose_name) for name in LINKS if getattr(self, f"{name}_id") is None]

    def _masked(self, column: str, mask: object) -> str:
        try:
            text = unseal(self, column)
        except Undecipherable:
            return "?"
        return mask(text) if text else ""


class Post(models.Model):
    """An office a person holds in an organisation, from a day to a day."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts", verbose_name=_("person"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts", verbose_name=_("organisation"))
    organisation_path = models.CharField(max_length=200, editable=False)
    title = models.CharField(_("title"), max_length=60)
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_on=None) | models.Q(to_on__gte=models.F("from_on")), name="post_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return self.title


class VehicleQuerySet(models.QuerySet):
    """Reads of vehicles; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "VehicleQuerySet":
        """Keep vehicles of the organisations in which the user may read people."""
        return self.filter(under_paths("organisation_path", user.paths(Permission.READ_PEOPLE)))

    def matching(self, plate: str = "", kind: str = "") -> "VehicleQuerySet":
        """Keep vehicles with this part in their plate and of this kind; empty wishes are no wishes."""
        wanted = {"plate__icontains": plate, "kind": kind}
        return self.filter(**{name: value for name, value in wanted.items() if value})

    def of(self, people: Iterable[Person]) -> "VehicleQuerySet":
        """Keep vehicles that any of `people` keeps or drives."""
        people = list(people)
        return self.filter(models.Q(keeper__in=people) | models.Q(driver__in=people))


class Vehicle(models.Model):
    """A vehicle, who keeps it and who drives it. Source of the plate's form: GA 36-2018."""

    class Kind(models.TextChoices):
        """What sort of vehicle."""

        TRUCK = "truck", _("Truck")
        VAN = "van", _("Delivery van")
        BUS = "bus", _("Bus")
        TAXI = "taxi", _("Taxi or hailed car")
        MOTORCYCLE = "motorcycle", _("Motorcycle or scooter")
        OTHER = "other", _("Other vehicle")

    plate = models.CharField(_("plate"), max_length=10, unique=True)
    kind = models.CharField(_("kind of vehicle"), max_length=12, choices=Kind, default=Kind.TRUCK)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="vehicles", verbose_name=_("organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    keeper = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="vehicles_kept", verbose_name=_("keeper")
    )
    driver = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="vehicles_driven", verbose_name=_("driver")
    )

    objects = VehicleQuerySet.as_manager()

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        constraints = [models.CheckConstraint(condition=~models.Q(plate=""), name="vehicle_has_plate")]
        indexes = [
            models.Index(fields=["organisation_path"], name="vehicle_path_prefix", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.plate
