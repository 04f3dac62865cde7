"""One clear sentence for everything that keeps the program from starting."""

import errno
import os

import pytest

from config import embedded_pg, startup
from config.startup import CannotStart


def test_prepare_folder_makes_the_folder(tmp_path):
    startup.prepare_folder(tmp_path / "a" / "var")

    assert (tmp_path / "a" / "var").is_dir()


def test_prepare_folder_refuses_a_full_disk(tmp_path):
    with pytest.raises(CannotStart, match="磁盘空间不足.*至少需要 1099511627776 MB"):
        startup.prepare_folder(tmp_path / "var", needed_bytes=1024**6)


def test_prepare_folder_refuses_another_accounts_folder(tmp_path):
    theirs = startup.Path("/")
    if os.geteuid() == 0:
        theirs = tmp_path / "var"
        theirs.mkdir()
        os.chown(theirs, 65534, 65534)

    with pytest.raises(CannotStart, match=f"属于用户 {'nobody' if os.geteuid() == 0 else 'root'}"):
        startup.prepare_folder(theirs)


def test_prepare_folder_refuses_where_it_may_not_write(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    us = os.geteuid()
    if us == 0:
        os.seteuid(65534)  # root may write everywhere
    try:
        with pytest.raises(CannotStart, match="没有写入 .*closed/var 的权限"):
            startup.prepare_folder(closed / "var")
    finally:
        os.seteuid(us)


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "no_disk"), (errno.EROFS, "no_permission"), (errno.EACCES, "no_permission")]
)
def test_errors_of_the_file_system_become_sentences(tmp_path, number, code):
    assert startup.from_os_error(OSError(number, ""), tmp_path).code == code


def test_other_errors_stay_what_they_are(tmp_path):
    error = OSError(errno.EIO, "")

    assert startup.from_os_error(error, tmp_path) is error


def test_ensure_running_refuses_the_folder_of_another_postgres_version(tmp_path):
    (tmp_path / "pg17").mkdir()
    tmp_path.chmod(0o755)

    with pytest.raises(CannotStart, match="pg17 是 PostgreSQL 17 的数据，本系统用的是 18"):
        embedded_pg.refuse_other_versions(tmp_path)


def test_ensure_running_refuses_data_of_another_postgres_version(tmp_path):
    (tmp_path / "pg18" / "data").mkdir(parents=True)
    (tmp_path / "pg18" / "data" / "PG_VERSION").write_text("16\n")

    with pytest.raises(CannotStart, match="PostgreSQL 16"):
        embedded_pg.refuse_other_versions(tmp_path)


@pytest.mark.parametrize(
    ("line", "process", "database"),
    [
        ("migrate", "owner", True),
        ("migrate --help", "owner", False),
        ("worker", "worker", True),
        ("shell", "command", True),
        ("serve", "command", False),
        ("collectstatic", "command", False),
        ("check", "command", False),
        ("check --database default", "command", True),
        ("", "command", False),
    ],
)
def test_command_line_says_which_role_and_whether_a_database(line, process, database):
    arguments = ["manage.py", *line.split()]

    assert (startup.process_of(arguments), startup.needs_database(arguments)) == (process, database)
