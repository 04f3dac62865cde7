"""The parts of a Word file's package, parsed without entities, DTDs or network."""

import io
import posixpath
import zipfile

from django.utils.translation import gettext as _
from lxml import etree

from config.errors import Unreadable
from config.uploads import office
from config.uploads.bounded import inline


def local_name(element: etree._Element) -> str:
    """Give the tag without its namespace; empty for comments and processing instructions."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


class Package:
    """An opened .docx whose container has passed the gate.

    Raises: FileRefused, if the gate does not let it in (macros, password, bomb, DTD…).
    """

    def __init__(self, data: bytes) -> None:
        inline(office.check_docx, data)
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        self._names = {name.lower().lstrip("/"): name for name in self._zip.namelist()}
        self._main_name = self._target("_rels/.rels", "/officeDocument", "") or "word/document.xml"

    def main(self) -> etree._Element:
        """Parse the document part.

        Raises: Unreadable, if it is missing or broken.
        """
        root = self._part(self._main_name)
        if root is None or root.find("{*}body") is None:
            raise _broken()
        return root

    def notes(self) -> list[etree._Element]:
        """Give foot- and endnotes in order, without Word's own separators."""
        found = []
        for kind in ("footnotes", "endnotes"):
            root = self._part(self._related(f"/{kind}"))
            if root is None:
                continue
            for note in list(root):
                if any(key.endswith("}type") and value != "normal" for key, value in note.attrib.items()):
                    root.remove(note)
            found.append(root)
        return found

    def style_names(self) -> dict[str, str]:
        """Map style ids to Word's built-in names in lower case ("title", "heading 1")."""
        root = self._part(self._related("/styles"))
        names = {}
        for style in root.iter("{*}style") if root is not None else ():
            name = style.find("{*}name")
            if name is not None:
                style_id = next((v for k, v in style.attrib.items() if k.endswith("}styleId")), "")
                names[style_id] = next(iter(name.attrib.values()), "").lower()
        return names

    def comment_count(self) -> int:
        """Count the margin comments."""
        root = self._part(self._related("/comments"))
        return 0 if root is None else sum(1 for _comment in root.iter("{*}comment"))

    def _related(self, suffix: str) -> str:
        folder, name = posixpath.split(self._main_name)
        return self._target(f"{folder}/_rels/{name}.rels", suffix, folder)

    def _target(self, rels: str, suffix: str, folder: str) -> str:
        root = self._part(rels)
        for relation in root if root is not None else ():
            if relation.get("Type", "").endswith(suffix) and relation.get("TargetMode") != "External":
                target = relation.get("Target", "")
                joined = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
                return posixpath.normpath(joined)
        return ""

    def _part(self, name: str) -> etree._Element | None:
        stored = self._names.get(name.lower())
        if not name or stored is None:
            return None
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
        )
        try:
            return etree.fromstring(self._zip.read(stored), parser)
        except (etree.XMLSyntaxError, zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
            raise _broken() from error


def _broken() -> Unreadable:
    return Unreadable(
        _("This Word file is damaged and cannot be read. Open it in Word, save it again as .docx and send that."),
        code="broken_docx",
    )
