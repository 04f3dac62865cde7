from django.contrib.staticfiles import finders

from config import wheel_assets


def test_files_are_the_published_ones():
    assert wheel_assets.changed_files() == []


def test_changed_file_is_named(monkeypatch):
    monkeypatch.setattr(wheel_assets, "ICON_SPRITE_SHA256", "0" * 64)

    assert wheel_assets.changed_files() == ["vendor/bootstrap/icons/bootstrap-icons.svg"]


def test_finder_serves_only_listed_files():
    assert finders.find("vendor/bootstrap/css/bootstrap.min.css").endswith("bootstrap5/css/bootstrap.min.css")
    assert finders.find("vendor/bootstrap/js/bootstrap.min.js") is None
    assert finders.find("vendor/bootstrap/../bootstrap5/css/bootstrap.min.css") is None
