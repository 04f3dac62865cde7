"""The register as a resource of django-import-export: the same readers, digests, seals, links and vehicles as ours."""

from django.core.exceptions import ValidationError
from import_export import fields, resources, widgets

from config.sealed import key_ring, seal
from members import identity
from members.models import Organisation, Person, Vehicle


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
