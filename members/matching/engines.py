"""The engines by name. Spark is not installed by default; asking for it without says how."""

from importlib.util import find_spec

from django.utils.translation import gettext as _

from config.errors import Refused
from members.matching import engine_duckdb, engine_spark
from members.matching.run import Engine

NAMES = ("duckdb", "spark")


def make(name: str) -> Engine:
    """Start an engine. Raises: Refused, where it is not installed."""
    if name == "duckdb":
        return engine_duckdb.Engine()
    if not find_spec("pyspark"):
        raise Refused(
            _("Spark is not installed; run: pip install -r requirements-scale.txt (it also needs Java 17 or newer)."),
            code="engine",
        )
    return engine_spark.Engine()
