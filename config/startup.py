"""What happens before Django is up: which process this is, the var/ folder, one sentence per refusal.

Nothing here imports Django. The sentences are not in gettext, since settings are not loaded yet:
Chinese first, as the interface is Chinese, and the same in English below it.
"""

import errno
import os
import pwd
import shutil
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
NEEDED_BYTES = 300 * 1024**2  # a new cluster with its write-ahead log; below it Postgres stops in the middle of work

SENTENCES = {
    "no_binaries": (
        "没有找到内嵌数据库程序：请先执行 make setup，或设置 DATABASE_URL 使用已有的数据库。",
        "The embedded Postgres is not installed: run make setup, or set DATABASE_URL.",
    ),
    "other_version": (
        "{path} 是 PostgreSQL {found} 的数据，本系统用的是 {wanted}："
        "请先用旧版程序导出数据并移走该文件夹，再重新启动。",
        "{path} holds data of PostgreSQL {found}, this program runs {wanted}: dump it with the old version, "
        "move the folder away, start again.",
    ),
    "other_user": (
        "{path} 属于用户 {owner}，当前用户是 {user}：请改用 {owner} 运行，或把该文件夹移走。",
        "{path} belongs to {owner} and you are {user}: run as {owner}, or move the folder away.",
    ),
    "no_permission": (
        "没有写入 {path} 的权限：请把本文件夹交给当前用户 {user}，或换一个可写的位置。",
        "No permission to write to {path}: give the folder to {user}, or use another place.",
    ),
    "no_disk": (
        "磁盘空间不足：{path} 所在的磁盘至少需要 {needed} MB 空闲，现有 {free} MB，请清理后再启动。",
        "Not enough disk space at {path}: {needed} MB needed, {free} MB free; make room and start again.",
    ),
    "server_failed": (
        "内嵌数据库没有启动成功，原因见日志 {log}，最后几行是：\n{tail}",
        "The embedded Postgres did not start; the reason is in {log}, its last lines are above.",
    ),
    "no_database": (
        "连不上数据库，请检查数据库服务和 DATABASE_URL 是否正确（{reason}）。",
        "The database cannot be reached; check the server and DATABASE_URL.",
    ),
    "port_taken": (
        "端口 {port} 已被其他程序占用：请先停掉那个程序，或换一个端口，例如 make run PORT={other}。",
        "Port {port} is taken: stop the other program, or choose another port, e.g. make run PORT={other}.",
    ),
    "bad_address": (
        "不能在地址 {host}:{port} 上提供服务：请检查 HOST 和 PORT（{reason}）。",
        "Cannot listen on {host}:{port}: check HOST and PORT.",
    ),
}

OWNER_COMMANDS = {"migrate", "sqlmigrate", "flush", "sqlflush", "createcachetable", "optimizemigration"}
WITHOUT_DATABASE = {"collectstatic", "compilemessages", "makemessages", "findstatic", "help", "version", "diffsettings"}


class CannotStart(Exception):
    """The program refuses to start; `str()` is what to tell the person at the terminal."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        super().__init__("\n".join(sentence.format(**facts) for sentence in SENTENCES[code]))


def var_dir() -> Path:
    """Return the folder for everything that is not in the repository: APP_VAR, or var/ beside the code."""
    return Path(os.environ.get("APP_VAR") or BASE_DIR / "var").resolve()


def current_user() -> str:
    """Return the account name of this process, or its number where the system has no name for it."""
    return user_name(os.geteuid())


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def prepare_folder(var: Path, needed_bytes: int = NEEDED_BYTES) -> None:
    """Make `var` usable by this account.

    Raises: CannotStart when it is another account's, not writable or on a full disk.
    """
    try:
        if var.exists() and var.stat().st_uid != os.geteuid():
            raise CannotStart("other_user", path=var, owner=user_name(var.stat().st_uid), user=current_user())
        var.mkdir(parents=True, exist_ok=True, mode=0o755)
        writable = os.access(var, os.W_OK | os.X_OK)
    except OSError as error:
        raise from_os_error(error, var) from error
    if not writable:
        raise CannotStart("no_permission", path=var, user=current_user())
    free = shutil.disk_usage(var).free
    if free < needed_bytes:
        raise CannotStart("no_disk", path=var, needed=needed_bytes // 1024**2, free=free // 1024**2)


def from_os_error(error: OSError, path: Path) -> Exception:
    """Return the sentence for a full disk or a missing permission, else the error itself."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CannotStart("no_disk", path=path, needed=NEEDED_BYTES // 1024**2, free=0)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
        return CannotStart("no_permission", path=path, user=current_user())
    return error


def process_of(arguments: list[str]) -> str:
    """Say which of `database.LIMITS` a command line is: owner, worker or command."""
    command = arguments[1] if len(arguments) > 1 else ""
    if command in OWNER_COMMANDS:
        return "owner"
    return "worker" if command == "worker" else "command"


def needs_database(arguments: list[str]) -> bool:
    """Say whether a command line may use the database at all."""
    command = arguments[1] if len(arguments) > 1 else "help"
    if command.startswith("-") or {"-h", "--help", "--version"} & set(arguments):
        return False
    if command == "check":
        return "--database" in arguments
    if command == "serve":
        return False  # starts it itself, and so stops it whatever happens
    return command not in WITHOUT_DATABASE


def secret_in(path):
    """Return the secret a file holds, an empty string for no path: secrets stand in no environment."""
    return Path(path).read_text().strip() if path else ""
