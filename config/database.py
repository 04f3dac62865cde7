"""Which database, as which role, with which limits: DATABASE_URL, or the embedded Postgres under var/.

Two roles (the README's decision on them has the reason): `owner` owns the tables and runs migrations;
`app` is what the web server and the worker are, and it owns nothing.
"""

import os
from pathlib import Path

import dj_database_url

from config import embedded_pg

MINIMUM_VERSION = 150000

# Milliseconds Postgres lets a process run one statement, wait for a lock, or sit idle inside a transaction.
# A page answers in seconds or not at all; the worker may count for a minute; commands and migrations take their time.
LIMITS = {
    "web": {"statement_timeout": 5_000, "lock_timeout": 2_000, "idle_in_transaction_session_timeout": 15_000},
    "worker": {"statement_timeout": 60_000, "lock_timeout": 10_000, "idle_in_transaction_session_timeout": 60_000},
    "command": {"lock_timeout": 30_000},
    "owner": {},
}
# The same on every server: Postgres's own guess of what a page from anywhere costs is that of a turning disk, and on
# it a city's counts read whole tables; compiling a query takes longer than any of ours runs.
PLANNER = {"random_page_cost": 1.1, "jit": "off"}


def is_external() -> bool:
    """Say whether DATABASE_URL names a server, so that nothing embedded may start."""
    return bool(os.environ.get("DATABASE_URL"))


def settings_for(process: str, var: Path) -> dict:
    """Return Django's DATABASES entry for a process of `LIMITS`. Starts nothing."""
    role = "owner" if process == "owner" else "app"
    if is_external():
        url = os.environ["DATABASE_URL"]
        if role == "owner":
            url = os.environ.get("DATABASE_MIGRATION_URL") or url
        entry = dj_database_url.parse(url)
    else:
        entry = embedded_pg.database_settings(var, role)
    if process == "web":
        entry["ENGINE"] = "config.postgres"
    limits = " ".join(f"-c {name}={value}" for name, value in (LIMITS[process] | PLANNER).items())
    options = entry.setdefault("OPTIONS", {})
    options.setdefault("connect_timeout", 2)  # the least libpq knows
    options.setdefault("tcp_user_timeout", 5_000)  # milliseconds; a server whose machine or network has gone
    options["options"] = f"{options.get('options', '')} {limits}".strip()
    return entry | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def ensure_running(var: Path) -> None:
    """Start the embedded server unless DATABASE_URL is set or it runs already.

    Raises: CannotStart with the sentence to show.
    """
    if not is_external():
        embedded_pg.ensure_running(var)
