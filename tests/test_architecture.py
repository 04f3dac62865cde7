"""What the house style promises and a machine can keep."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.template.loader import get_template

ROOT = settings.BASE_DIR
APPS = ["config", "members", "services", "cases"]  # each may import itself and those before it
ALLOWED = {app: set(APPS[: position + 1]) for position, app in enumerate(APPS)}
LAYERS = {"views": 4, "forms": 3, "actions": 3, "queries": 3, "workflow": 2, "models": 1}


def python_files(*folders):
    """List source files of ours, migrations apart."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def imports(path):
    """Yield the dotted names a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_imports_go_one_way_between_apps():
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for app in APPS
        for path in python_files(app)
        for name in imports(path)
        if name.split(".")[0] in APPS and name.split(".")[0] not in ALLOWED[app]
    ]

    assert wrong == []


def test_inside_an_app_nothing_imports_a_higher_layer():
    wrong = []
    for app in APPS[1:]:
        for path in python_files(app):
            own = LAYERS.get(path.relative_to(ROOT / app).parts[0].removesuffix(".py"))
            for name in imports(path):
                parts = name.split(".")
                other = LAYERS.get(parts[1]) if parts[0] == app and len(parts) > 1 else None
                if own is not None and other is not None and other > own:
                    wrong.append(f"{path.relative_to(ROOT)} imports {name}")

    assert wrong == []


def test_forms_never_call_actions():
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for app in APPS[1:]
        for path in python_files(app)
        if "forms" in path.parts
        for name in imports(path)
        if ".actions" in name
    ]

    assert wrong == []


def test_views_reach_rows_only_through_a_scope():
    """Every `.objects` in a view is followed by a read that says whose rows it wants."""
    scoped = re.compile(r"\.objects\s*\.\s*(visible_to|public|in_use|cities|usable)\b")
    wrong = []
    for app in APPS[1:]:
        for path in python_files(app):
            if "views" in path.parts:
                text = path.read_text(encoding="utf-8")
                wrong += [
                    f"{path.relative_to(ROOT)}:{text[: found.start()].count(chr(10)) + 1}"
                    for found in re.finditer(r"\.objects\b", text)
                    if not scoped.match(text, found.start())
                ]

    assert wrong == []


@pytest.mark.parametrize(
    ("folders", "suffix", "limit"),
    [(APPS, ".py", 400), (["templates"], ".html", 250), (["tests"], ".py", 800)],
    ids=["python", "templates", "tests"],
)
def test_files_stay_readable(folders, suffix, limit):
    files = [path for folder in folders for path in (ROOT / folder).rglob(f"*{suffix}")]
    long = {
        str(path.relative_to(ROOT)): lines
        for path in files
        if "migrations" not in path.parts and (lines := len(path.read_text(encoding="utf-8").splitlines())) > limit
    }

    assert files
    assert long == {}


def test_functions_stay_readable():
    long = {}
    for path in python_files(*APPS):
        limit = 40 if "views" in path.parts else 60
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                if lines > limit:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines

    assert long == {}


def test_templates_carry_no_inline_code_and_no_escape_hatch():
    forbidden = re.compile(
        r"<style|\sstyle=|\son[a-z]+=\"|\|\s*safe\b|autoescape off|<script(?![^>]*\bsrc=)(?![^>]*json)"
    )
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for match in forbidden.finditer(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_every_template_loads():
    names = [str(path.relative_to(ROOT / "templates")) for path in sorted((ROOT / "templates").rglob("*.html"))]

    assert names
    for name in names:
        get_template(name)


def test_python_has_no_escape_hatch():
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in python_files(*APPS)
        for word in ("mark_safe(", "@csrf_exempt", "SafeString(", ".extra(")
        if word in path.read_text(encoding="utf-8")
    ]

    # The one exception: icon shapes out of a wheel whose digest a test verifies.
    assert found == ["config/template_tags.py: mark_safe("]


def test_relations_across_apps_have_reverse_names_that_show_it():
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in APPS
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and field.related_model._meta.app_label in APPS
        and field.related_model._meta.app_label != model._meta.app_label
        and not (field.remote_field.related_name or "")
    ]

    assert wrong == []


def test_nothing_third_party_or_of_this_machine_is_committed():
    tracked = [path for path in (ROOT / "static").rglob("*") if path.is_file()]

    assert tracked
    assert [str(path) for path in tracked if re.search(r"\.min\.(js|css)$", path.name)] == []


def test_the_requirements_are_pinned_and_say_why():
    for name in ("requirements.txt", "requirements-assets.txt", "requirements-dev.txt", "requirements-scale.txt"):
        for line in Path(ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith(("#", "-c ")):
                assert re.fullmatch(r"[a-z0-9\[\]-]+==[\w.]+\s+# .{8,}", line), line
