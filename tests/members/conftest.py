"""Processes of their own, as the tests of config use them."""

from tests.config.conftest import manage, test_database_url  # noqa: F401  (fixtures)
