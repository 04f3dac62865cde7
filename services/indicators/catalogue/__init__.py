"""The catalogue: one file per area; importing this package registers all of them."""

from services.indicators.catalogue import (  # noqa: F401  (importing registers)
    activity,
    assessment,
    development,
    enterprise,
    grant,
    matter,
    member,
    other,
    pairing,
    project,
    task,
    venue,
)
