#!/usr/bin/env python
"""Django's command line; starts the embedded Postgres first where no DATABASE_URL is set."""

import os
import sys
from pathlib import Path


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config import startup

    os.environ.setdefault("APP_PROCESS", startup.process_of(sys.argv))
    try:
        prepare(startup.var_dir())
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except startup.CannotStart as refusal:
        sys.exit(str(refusal))
    except KeyboardInterrupt:
        sys.exit(130)


def prepare(var: Path):
    """Make var/ usable and have the database running, where the command wants one."""
    from config import startup

    startup.prepare_folder(var)
    if startup.needs_database(sys.argv):
        from config import database

        database.ensure_running(var)


if __name__ == "__main__":
    main()
