"""A column that holds ciphertext: sealed for its own row, found by a digest beside it, re-sealed when keys rotate.

Never log or show a row's columns: `unseal` is for the one place that may show the value, `masked` for all others.
"""

from django.apps import apps
from django.conf import settings
from django.db import models

from config import cipher


class SealedField(models.BinaryField):
    """Ciphertext bound to `table|place|uuid`; `digest` names the column with the keyed digest of the same value.

    To migrations it is a plain BinaryField: what is sealed how is not the schema's business.
    """

    def __init__(self, *args, place="", digest="", **kwargs):
        self.place = place
        self.digest = digest
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs

    def bound_to(self, row_uuid):
        """Return the place a value of one row is sealed for."""
        return f"{self.model._meta.db_table}|{self.place}|{row_uuid}"


def key_ring():
    """Return the ring as it stands now."""
    return cipher.ring(settings.KEY_RING_PATH)


def seal(row, name, text):
    """Set a sealed column of a row, and the digest beside it, from a normalised value; `""` empties both."""
    field = row._meta.get_field(name)
    ring = key_ring()
    setattr(row, name, ring.encrypt(text, field.bound_to(row.uuid)) if text else b"")
    if field.digest:
        setattr(row, field.digest, ring.digest(field.place, text) if text else None)


def unseal(row, name):
    """Return the value in a sealed column, `""` for none. Raises: cipher.Undecipherable."""
    blob = getattr(row, name)
    return key_ring().decrypt(blob, row._meta.get_field(name).bound_to(row.uuid)) if blob else ""


def sealed_fields():
    """Return every model with sealed columns, of any app, with those columns."""
    found = [
        (model, [field for field in model._meta.local_concrete_fields if isinstance(field, SealedField)])
        for model in apps.get_models()
    ]
    return sorted(((model, fields) for model, fields in found if fields), key=lambda pair: pair[0]._meta.label)
