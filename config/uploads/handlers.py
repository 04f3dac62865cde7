"""Drop a file that is too large while it arrives, and keep the rest of the form.

Django would write all of it to disk first. Here its bytes are counted and passed over, so that the page can say
beside the field what is wrong with every other answer kept.
"""

from django.core.files.uploadhandler import FileUploadHandler, SkipFile

LARGEST_BYTES = 20 * 1024 * 1024  # the largest file any form takes; the doors in `gate` have limits of their own


class LimitedUploadHandler(FileUploadHandler):
    """Stands first in FILE_UPLOAD_HANDLERS; `oversized(request)` names the fields it emptied."""

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        if self.received > LARGEST_BYTES:
            self.request.oversized_fields = {*oversized(self.request), self.field_name}
            raise SkipFile
        return raw_data

    def file_complete(self, file_size):
        return None


def oversized(request):
    """Return the names of file fields whose file was dropped for its size."""
    return getattr(request, "oversized_fields", frozenset())
