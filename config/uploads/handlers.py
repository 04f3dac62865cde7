"""Drop a file that is too large while it arrives, and keep the rest of the form.

Django would write all of it to disk first. Here its bytes are counted and passed over, so that the page can say
beside the field what is wrong with every other answer kept.
"""

from io import BytesIO

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopFutureHandlers

LARGEST_BYTES = 20 * 1024 * 1024  # the largest file any form takes; the doors in `gate` have limits of their own
TOGETHER_BYTES = 100 * 1024 * 1024  # and all files of one form together, where they are held in memory
ROSTER_BYTES = 200 * 1024 * 1024  # but for rosters of a data match (decision 9)


def kept_in_memory(view):
    """Mark a view whose files name people: they never lie in a temporary file in the clear."""
    view.keeps_uploads_in_memory = True
    return view


def takes_rosters(view):
    """Mark a view that takes rosters of a data match: up to ROSTER_BYTES, kept in memory as well."""
    view.takes_rosters = True
    return kept_in_memory(view)


class LimitedUploadHandler(FileUploadHandler):
    """Stands first in FILE_UPLOAD_HANDLERS; `oversized(request)` names the fields it emptied."""

    in_memory_bytes = 0

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        view = getattr(self.request.resolver_match, "func", None)
        self.memory = BytesIO() if getattr(view, "keeps_uploads_in_memory", False) else None
        self.limit_bytes = ROSTER_BYTES if getattr(view, "takes_rosters", False) else LARGEST_BYTES
        self.received = 0
        if self.memory is not None:
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        if self.memory is not None:
            self.in_memory_bytes += len(raw_data)
        if self.received > self.limit_bytes or self.in_memory_bytes > max(self.limit_bytes, TOGETHER_BYTES):
            self._forget()
            self.request.oversized_fields = {*oversized(self.request), self.field_name}
            raise SkipFile
        if self.memory is None:
            return raw_data
        self.memory.write(raw_data)
        return None

    def _forget(self):
        """Let what has arrived of the file at hand go."""
        if self.memory is not None:
            self.in_memory_bytes -= self.received
            self.memory = BytesIO()

    def file_complete(self, file_size):
        if self.memory is None:
            return None
        self.memory.seek(0)
        name, kind, charset = self.file_name, self.content_type, self.charset
        return InMemoryUploadedFile(self.memory, self.field_name, name, kind, file_size, charset)


def oversized(request):
    """Return the names of file fields whose file was dropped for its size."""
    return getattr(request, "oversized_fields", frozenset())
