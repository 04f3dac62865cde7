"""What happens to files while they arrive: held in memory where a view says so, dropped beyond its limits."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import ResolverMatch

from cases.views import holder, holder_photo, intake, photo, replacement
from config.uploads import handlers
from services.views import activity, attachment, paper

MEGABYTE = 1 << 20


@handlers.kept_in_memory
def taking(request):
    return HttpResponse(str(sorted(request.FILES)))


def posted(view, **sizes):
    files = {name: SimpleUploadedFile(f"{name}.bin", bytes(size)) for name, size in sizes.items()}
    request = RequestFactory().post("/", files)
    request.resolver_match = ResolverMatch(view, (), {})
    return request


def test_all_files_of_one_form_together_have_a_limit_in_memory(monkeypatch):
    monkeypatch.setattr(handlers, "LARGEST_BYTES", 3 * MEGABYTE)
    monkeypatch.setattr(handlers, "TOGETHER_BYTES", 5 * MEGABYTE)
    request = posted(taking, a=2 * MEGABYTE, b=4 * MEGABYTE, c=2 * MEGABYTE, d=2 * MEGABYTE, e=MEGABYTE)

    names = sorted(request.FILES)

    assert names == ["a", "c", "e"]
    assert handlers.oversized(request) == {"b", "d"}


@pytest.mark.parametrize(
    "view",
    [
        intake.submit,
        photo.manage,
        holder.page,
        holder.resubmit,
        replacement.replace,
        holder_photo.photos,
        activity.log,
        attachment.of,
        paper.create,
    ],
)
def test_the_forms_that_take_files_write_no_temporary_one(view, tmp_path):
    request = posted(view, file=3 * MEGABYTE)

    with override_settings(FILE_UPLOAD_TEMP_DIR=str(tmp_path / "nowhere")):
        found = request.FILES["file"]

    assert (found.size, hasattr(found, "temporary_file_path")) == (3 * MEGABYTE, False)
