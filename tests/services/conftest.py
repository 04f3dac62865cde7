"""What several tests of the ledger need."""

import pytest

from services.actions import vocabulary
from services.models import Kind


@pytest.fixture
def kinds(db):
    """The seeded kinds by code."""
    vocabulary.load()
    return {kind.code: kind for kind in Kind.objects.all()}
