"""Rows of a bureau's workbook into people: which column is what, what a row says, why it cannot be taken (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from members import identity
from members.imports.layout import SHOWN_FAULTS, Examined, Layout
from members.matching import columns

FIELDS = ("name", "id_no", "phone", "plate", "employer", "branch", "committee", "community")
LINKS = {
    "employer": "employer",
    "branch": "party_branch",
    "committee": "industry_committee",
    "community": "home_community",
}
OWN_HEADERS = {
    "committee": "行业党委 所属行业党委 行业党组织 所在行业党委",
    "community": "居住地 现居住地 居住村 居住社区 所在社区 所在村 村居 村（社区） 居住地村（社区） 社区",
}
OWN = {header: name for name, headers in OWN_HEADERS.items() for header in headers.split()}
READERS = {"id_no": identity.read_id, "phone": identity.read_phone, "plate": identity.read_plate}
TOTALS = {"合计", "总计", "小计", "共计", "总数"}


@dataclass(frozen=True)
class Row:
    """One row as understood: values in their one spelling; faults as (field, code) make it a bad one."""

    values: dict[str, str]
    faults: list[tuple[str, str]]


def understand(rows: list[list[str]], remembered: Mapping[str, str]) -> Layout | None:
    """Find the header and what its columns mean; None where no row names a name or a number.

    `remembered` (header to field, "" for a column left out on purpose) overrules what the words suggest.
    """
    wanted = OWN | {header: name for header, name in remembered.items() if name}
    found = columns.find_header(rows, wanted)
    if found is None:
        return None
    positions, headers, first = found
    fields = [""] * len(headers)
    for name, position in positions.items():
        if name in FIELDS and remembered.get(headers[position], name) == name:
            fields[position] = name
    return Layout([" ".join(header.split()) for header in headers], fields, first)


def read(cells: list[str], fields: list[str]) -> Row:
    """Read one row. It needs a name, and an identity number or a phone; a wrong number is never left out silently."""
    texts = {name: cell.strip() for name, cell in zip(fields, cells, strict=False) if name}
    values, faults = {}, []
    name = "".join(identity.plain(texts.get("name", "")).split())
    if name in TOTALS:
        return Row({"name": name}, [("name", "total")])
    if identity.is_blank(name):
        faults.append(("name", "missing"))
    values["name"] = name[:60]
    for key, reader in READERS.items():
        reading = reader(texts.get(key, ""))
        if reading.is_usable:
            values[key] = reading.value
        elif reading.fault != "missing":
            faults.append((key, reading.fault))
    if not faults and "id_no" not in values and "phone" not in values:
        faults.append(("id_no", "missing"))
    values |= {key: texts[key] for key in LINKS if texts.get(key) and not identity.is_blank(texts[key])}
    return Row(values, faults)


def examine(rows: Iterable[list[str]], fields: list[str]) -> Examined:
    """Read everything without keeping anything: counts, and row numbers (from 1) with their faults for the first."""
    result = Examined()
    for number, cells in enumerate(rows, 1):
        result.total += 1
        if faults := read(cells, fields).faults:
            result.bad += 1
            result.faults.update(faults)
            if len(result.first_bad) < SHOWN_FAULTS:
                result.first_bad.append([number, faults])
    return result
