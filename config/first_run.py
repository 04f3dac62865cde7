"""What `manage.py serve` does before it serves; each step only where it is needed, so a second start is quick.

The regions and the demo data belong to the apps above: their commands are looked up by name and left out where
they do not exist.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.checks import check_database
from config.translations import compile_messages


def prepare(say: Callable[[str], None]) -> bool:
    """Bring database, translations and static files up to date, telling `say` before each longer step.

    Returns whether demo data was made just now.
    Raises: CommandError when the database is not fit to serve from.
    """
    compile_messages()  # before the demo, which names its roles in Chinese
    migrate(say)
    load_regions(say)
    load_vocabulary(say)
    load_steps(say)
    seeded = seed_demo(say)
    collect_static(say)
    return seeded


def child_environment(**more: str) -> dict[str, str]:
    """Return our environment for a child process that is to work out for itself what kind of process it is."""
    return {name: value for name, value in os.environ.items() if name != "APP_PROCESS"} | more


def migrate(say: Callable[[str], None]) -> None:
    """Run outstanding migrations in a child, which connects as the tables' owner; this process may not."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        say(f"正在建立数据表（{len(plan)} 步）……")
        command = [sys.executable, settings.BASE_DIR / "manage.py", "migrate", "--noinput", "--verbosity=0"]
        if subprocess.run(command, env=child_environment()).returncode:
            raise CommandError("数据表没有建成，原因见上。")
        connection.close()
    for problem in check_database(databases=["default"]):
        raise CommandError(problem.msg)


def load_regions(say: Callable[[str], None]) -> None:
    """Load GB/T 2260 once."""
    if "load_regions" in get_commands() and is_empty("members.Region"):
        say("正在载入行政区划代码……")
        call_command("load_regions")


def load_vocabulary(say: Callable[[str], None]) -> None:
    """Load the kinds the ledger is kept in, once."""
    if "load_vocabulary" in get_commands() and is_empty("services.Kind"):
        say("正在载入台账类别……")
        call_command("load_vocabulary")


def load_steps(say: Callable[[str], None]) -> None:
    """Load the sample steps of a development once; afterwards they are the stewards'."""
    if "load_development_steps" in get_commands() and is_empty("members.StepDefinition"):
        say("正在载入发展党员步骤（示例）……")
        call_command("load_development_steps")


def seed_demo(say: Callable[[str], None]) -> bool:
    """Fill an empty database with demo data, unless APP_DEMO=0; return whether it did.

    In a child: this process has read its translations already, on a first run before they were compiled.
    """
    wanted = os.environ.get("APP_DEMO") != "0"
    if not wanted or "seed_demo" not in get_commands() or not is_empty(settings.AUTH_USER_MODEL):
        return False
    say("正在生成演示数据……")
    command = [sys.executable, settings.BASE_DIR / "manage.py", "seed_demo"]
    if subprocess.run(command, env=child_environment()).returncode:
        raise CommandError("演示数据没有生成，原因见上。")
    return True


def is_empty(label: str) -> bool:
    """Say whether a model, named as `app.Model`, has no row yet."""
    return not apps.get_model(label)._default_manager.exists()


def collect_static(say: Callable[[str], None]) -> None:
    """Copy, name by content and compress the static files, if any of them changed since the last time."""
    stamp = settings.STATIC_ROOT.with_name("static.stamp")
    fingerprint = static_fingerprint()
    if settings.DEBUG or (stamp.exists() and stamp.read_text() == fingerprint):
        return
    say("正在整理样式与脚本文件……")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(fingerprint)


def static_fingerprint() -> str:
    """Return a digest over path, size and time of every static file; reads none of them."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
