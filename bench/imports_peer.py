"""The register and the ledger as resources of django-import-export, with the same readers and look-ups as ours."""

from uuid import NAMESPACE_OID, uuid5

from django.core.exceptions import ValidationError
from import_export import fields, resources, widgets

from config.sealed import key_ring, seal
from members import identity
from members.models import Organisation, Person, Vehicle
from services.imports import values
from services.models import Activity, Kind


class ReadWidget(widgets.CharWidget):
    """A cell that one of our readers must be able to read."""

    def __init__(self, reader):
        super().__init__()
        self.reader = reader

    def clean(self, value, row=None, **kwargs):
        reading = self.reader(value or "")
        if reading.is_usable:
            return reading.value
        if reading.fault != "missing":
            raise ValueError(reading.fault)
        return ""


class PersonResource(resources.ModelResource):
    """One row of the bureau's roster."""

    name = fields.Field("name", "姓名")
    number = fields.Field("number", "身份证号", ReadWidget(identity.read_id))
    phone = fields.Field("phone", "手机号", ReadWidget(identity.read_phone))
    plate = fields.Field("plate", "车牌号", ReadWidget(identity.read_plate))
    employer = fields.Field("employer", "工作单位", widgets.ForeignKeyWidget(Organisation, "name"))

    class Meta:
        model = Person
        fields = ("name", "number", "phone", "plate", "employer")
        clean_model_instances = False
        batch_size = 500

    def __init__(self, organisation, bulk):
        super().__init__()
        self.organisation = organisation
        self._meta.use_bulk = self._meta.skip_diff = bulk

    def get_instance(self, instance_loader, row):
        """Find who is registered by the number's digest, else by phone and name."""
        for place, header, reader in (("identity", "身份证号", identity.read_id),
                                      ("phone", "手机号", identity.read_phone)):  # fmt: skip
            reading = reader(row[header] or "")
            if reading.is_usable:
                known = Person.objects.filter(**{f"{place}_digest__in": key_ring().digests(place, reading.value)})
                known = known if place == "identity" else known.filter(name=row["姓名"])
                if person := known.first():
                    return person
        return None

    def before_save_instance(self, instance, row, **kwargs):
        """Seal what must not stand in the clear."""
        if not instance.number and not instance.phone:
            raise ValidationError("missing")
        instance.organisation, instance.organisation_path = self.organisation, self.organisation.path
        seal(instance, "identity_cipher", instance.number)
        seal(instance, "phone_cipher", instance.phone)

    def after_save_instance(self, instance, row, **kwargs):
        """Enter the vehicle; in bulk it must wait for the batch."""
        if instance.plate and not self._meta.use_bulk:
            self.vehicle(instance)

    def after_import(self, dataset, result, **kwargs):
        """Leave the sequences alone: the web's role owns none."""

    def bulk_create(self, using_transactions, dry_run, raise_errors, batch_size=None, result=None):
        """Enter a batch of people, then their vehicles."""
        people = [person for person in self.create_instances if person.plate]
        super().bulk_create(using_transactions, dry_run, raise_errors, batch_size, result)
        for person in people:
            self.vehicle(person)

    def vehicle(self, person):
        Vehicle.objects.get_or_create(
            plate=person.plate,
            defaults={"organisation": self.organisation, "organisation_path": self.organisation.path,
                      "driver": person},
        )  # fmt: skip


class ValueWidget(widgets.Widget):
    """A cell that one of the ledger's readers must be able to read."""

    def __init__(self, reader):
        super().__init__()
        self.reader = reader

    def clean(self, value, row=None, **kwargs):
        found, fault = self.reader(value)
        if fault:
            raise ValueError(fault)
        return found


class KindWidget(widgets.ForeignKeyWidget):
    """A kind by its name; an unknown one makes the row invalid."""

    def clean(self, value, row=None, **kwargs):
        try:
            return super().clean(value, row, **kwargs)
        except Kind.DoesNotExist:
            raise ValueError("unknown kind") from None


class ActivityResource(resources.ModelResource):
    """One row of a bureau's list of activities."""

    kind = fields.Field("kind", "活动类别", KindWidget(Kind, "label"))
    happened_on = fields.Field("happened_on", "日期", ValueWidget(values.read_day))
    body = fields.Field("body", "走访企业", widgets.ForeignKeyWidget(Organisation, "name"))
    line = fields.Field("line", "活动内容")
    headcount = fields.Field("headcount", "参加人数", ValueWidget(lambda text: values.read_count(text, 1_000_000)))

    class Meta:
        model = Activity
        fields = ("kind", "happened_on", "body", "line", "headcount")
        import_id_fields = ()
        clean_model_instances = False
        batch_size = 500

    def __init__(self, organisation, official, bulk):
        super().__init__()
        self.organisation, self.official = organisation, official
        self._meta.use_bulk = self._meta.skip_diff = bulk

    def get_instance(self, instance_loader, row):
        """Find the row that says the same."""
        return Activity.objects.filter(once=self.once(row)).first()

    def once(self, row):
        return uuid5(
            NAMESPACE_OID,
            "|".join(row[head] or "" for head in ("活动类别", "日期", "走访企业", "活动内容", "参加人数")),
        )

    def before_save_instance(self, instance, row, **kwargs):
        """Say whose it is and who entered it."""
        if instance.kind_id is None:
            raise ValidationError("kind")
        instance.organisation, instance.organisation_path = self.organisation, self.organisation.path
        instance.region_id = instance.body.region_id if instance.body else None
        instance.once, instance.source, instance.logged_by = self.once(row), "import", self.official

    def after_import(self, dataset, result, **kwargs):
        """Leave the sequences alone: the web's role owns none."""
