"""Serve chosen files that ship inside pip wheels: no CDN, no Node, no minified code in git.

Files are listed one by one: a whole folder would drag in files whose own references are
missing, and the hashed-name storage refuses those.
"""

import functools
import hashlib
import re
from importlib.util import find_spec
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

# url prefix: (import package, folder inside it, {file: sha256 of the file as published on npm})
WHEEL_ASSETS = {
    "vendor/bootstrap": (
        "flask_bootstrap",
        "static/bootstrap5",
        {
            "css/bootstrap.min.css": "d85327d99c7a3ee1f9b5d0500d1370acea3ad2db39c163c2f51f232baedbdede",
            "css/bootstrap.min.css.map": None,
        },
    ),
    "vendor/echarts": (
        "instaui_echarts",
        "static",
        {"echarts.esm.min.js": "28515f26aa57f87eb1e4ed4eb446927eaf329b5f5e02b4bfd4b0264fea40d1da"},
    ),
}
ICON_SPRITE_SHA256 = "fe7b61303ee8b160aa2d596dabbb70f4ffeaf8ea24891004e9b1d0d2877638b1"


def folder(prefix):
    """The folder a prefix stands for. Raises: ImportError when the wheel is not installed."""
    package, inner, _ = WHEEL_ASSETS[prefix]
    spec = find_spec(package)  # finds it without running the package's code
    if spec is None:
        raise ImportError(f"{package} is missing: pip install --no-deps -r requirements-assets.txt")
    return Path(spec.submodule_search_locations[0]) / inner


class WheelAssetsFinder(BaseFinder):
    """Django's static files machinery sees the listed files as its own."""

    def list(self, ignore_patterns):
        for prefix, (_, _, files) in WHEEL_ASSETS.items():
            storage = FileSystemStorage(location=folder(prefix))
            storage.prefix = prefix
            for name in files:
                yield name, storage

    def find(self, path, find_all=False, **kwargs):
        find_all = find_all or kwargs.get("all", False)
        for prefix, (_, _, files) in WHEEL_ASSETS.items():
            name = path.removeprefix(prefix + "/")
            if name != path and name in files:
                hit = str(folder(prefix) / name)
                return [hit] if find_all else hit
        return []

    def check(self, **kwargs):
        return []


def changed_files():
    """Names of files that are not the published ones; a test wants this empty."""
    wanted = {"vendor/bootstrap/icons/bootstrap-icons.svg": (icon_sprite(), ICON_SPRITE_SHA256)}
    for prefix, (_, _, files) in WHEEL_ASSETS.items():
        for name, digest in files.items():
            wanted[f"{prefix}/{name}"] = (folder(prefix) / name, digest)
    return [
        name
        for name, (path, digest) in wanted.items()
        if digest and hashlib.sha256(path.read_bytes()).hexdigest() != digest
    ]


def icon_sprite():
    return folder("vendor/bootstrap") / "icons" / "bootstrap-icons.svg"


@functools.cache
def icon_shapes():
    """Every icon's shapes by name. The sprite weighs 1.1 MB, so pages carry single icons inline instead."""
    pattern = re.compile(r'<symbol class="[^"]*" viewBox="0 0 16 16" id="([^"]+)">(.*?)</symbol>', re.S)
    return dict(pattern.findall(icon_sprite().read_text(encoding="utf-8")))
