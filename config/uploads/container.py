"""Zip containers read by one strict reader. Pure.

`zipfile` believes the central directory and opens what other programs read differently. Here the whole file
must be accounted for: local headers from byte 0, one after the other, each agreeing with the central
directory, then the directory, then the end record, and nothing else. So no two programs can see two
different documents in it, members cannot overlap, and nothing is hidden in front, between or behind.
Sizes are measured while inflating; what headers claim is only compared.
"""

import re
import stat
import struct
import zlib
from dataclasses import dataclass

from config.uploads.refusal import Rejected

MAX_MEMBERS = 2_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 50
RATIO_FROM = 64 * 1024 * 1024

_STEP = 1024 * 1024
_ENCRYPTED, _DESCRIPTOR, _STRONG, _PATCHED, _UTF8 = 0x1, 0x8, 0x40, 0x20, 0x800
_ZIP64, _UNICODE_NAME = 0x0001, 0x7075
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_BAD_NAME = re.compile(r"[\x00-\x1f\x7f\\:]|^/|//|(^|/)\.\.?(/|$)")


@dataclass(frozen=True)
class Member:
    """One entry: where its packed bytes lie and what both headers say about it."""

    name: str
    method: int
    crc: int
    packed: int
    unpacked: int
    header_at: int
    starts_at: int = 0


def members(data):
    """Return the members in the order of the file, every header checked.

    Raises: Rejected `damaged_container`, `too_many_parts`, `password`, `bomb`.
    """
    try:
        directory_at, directory_ends, count = _end_record(data)
        if count > MAX_MEMBERS:
            raise Rejected("too_many_parts", limit=MAX_MEMBERS)
        found = _directory(data, directory_at, directory_ends, count)
        return _walk(data, sorted(found, key=lambda member: member[0].header_at), directory_at)
    except (struct.error, UnicodeDecodeError, IndexError):
        raise Rejected("damaged_container") from None


def inflate(data, member, budget):
    """Yield the unpacked bytes of a member in steps, charging `budget`; check size and checksum at the end.

    Raises: Rejected `bomb`, `damaged_container`.
    """
    packed = memoryview(data)[member.starts_at : member.starts_at + member.packed]
    crc = size = 0
    for chunk in _stored(packed) if member.method == 0 else _deflated(packed):
        size += len(chunk)
        budget.spend(len(chunk))
        if size > member.unpacked:
            raise Rejected("bomb")
        crc = zlib.crc32(chunk, crc)
        yield chunk
    if size != member.unpacked or crc != member.crc:
        raise Rejected("damaged_container")


class Budget:
    """What one container may unpack to, all members together."""

    def __init__(self, packed_size):
        self.allowed = min(MAX_UNPACKED, max(RATIO_FROM, MAX_RATIO * packed_size))
        self.spent = 0

    def spend(self, size):
        self.spent += size
        if self.spent > self.allowed:
            raise Rejected("bomb")


def _stored(packed):
    for at in range(0, len(packed), _STEP):
        yield bytes(packed[at : at + _STEP])


def _deflated(packed):
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    pending = packed
    try:
        while not machine.eof:
            chunk = machine.decompress(pending, _STEP)
            pending = machine.unconsumed_tail
            if not chunk and not pending and not machine.eof:
                raise Rejected("damaged_container")
            yield chunk
    except zlib.error:
        raise Rejected("damaged_container") from None
    if machine.unused_data or pending:
        raise Rejected("damaged_container")


def _refuse_unless(condition):
    if not condition:
        raise Rejected("damaged_container")


def _end_record(data):
    """Return (start of the directory, its end, number of members) from the end record, Zip64 included."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - 0xFFFF))
    _refuse_unless(at >= 0)
    _, disk, first_disk, here, count, size, offset, comment = _END.unpack_from(data, at)
    _refuse_unless(disk == first_disk == 0 and here == count and at + _END.size + comment == len(data))
    ends = at
    locator_at = at - _LOCATOR64.size
    if locator_at >= 0 and data[locator_at : locator_at + 4] == b"PK\x06\x07":
        _, disk, end64_at, disks = _LOCATOR64.unpack_from(data, locator_at)
        magic, length, _, _, d1, d2, here64, count64, size64, offset64 = _END64.unpack_from(data, end64_at)
        _refuse_unless(magic == b"PK\x06\x06" and disk == d1 == d2 == 0 and disks == 1 and here64 == count64)
        _refuse_unless(length == _END64.size - 12 and end64_at + _END64.size == locator_at)
        _refuse_unless(count in (count64, 0xFFFF) and size in (size64, 0xFFFFFFFF) and offset in (offset64, 0xFFFFFFFF))
        count, size, offset, ends = count64, size64, offset64, end64_at
    else:
        _refuse_unless(count != 0xFFFF and 0xFFFFFFFF not in (size, offset))
    _refuse_unless(offset + size == ends)
    return offset, ends, count


def _directory(data, at, ends, count):
    """Return [(member, flags)] as the central directory lists them; names unique whatever their case."""
    found, seen = [], set()
    for _ in range(count):
        fields = _CENTRAL.unpack_from(data, at)
        magic, _, made_on, _, _, flags, method, _, _, crc, packed, unpacked = fields[:12]
        name_size, extra_size, comment_size, disk, _, attributes, header_at = fields[12:]
        _refuse_unless(magic == b"PK\x01\x02" and disk in (0, 0xFFFF))
        raw = data[at + _CENTRAL.size : at + _CENTRAL.size + name_size]
        extra = data[at + _CENTRAL.size + name_size : at + _CENTRAL.size + name_size + extra_size]
        name = raw.decode("utf-8" if flags & _UTF8 else "cp437")
        unpacked, packed, header_at = _extra(extra, raw, [unpacked, packed, header_at], disk)
        _check_entry(name, flags, method)
        _refuse_unless(not (made_on == 3 and stat.S_ISLNK(attributes >> 16)))
        key = name.lower()
        _refuse_unless(key not in seen)
        seen.add(key)
        found.append((Member(name, method, crc, packed, unpacked, header_at), flags))
        at += _CENTRAL.size + name_size + extra_size + comment_size
    _refuse_unless(at == ends)
    return found


def _check_entry(name, flags, method):
    if flags & (_ENCRYPTED | _STRONG):
        raise Rejected("password")
    _refuse_unless(method in (0, 8) and not flags & _PATCHED)
    _refuse_unless(name and not _BAD_NAME.search(name))


def _extra(extra, raw_name, sizes, disk=0):
    """Return sizes with Zip64 values filled in; refuse an extra name that differs from the real one."""
    at, seen = 0, set()
    while at < len(extra):
        tag, length = struct.unpack_from("<HH", extra, at)
        body = extra[at + 4 : at + 4 + length]
        _refuse_unless(len(body) == length)
        if tag in (_ZIP64, _UNICODE_NAME):
            _refuse_unless(tag not in seen)
            seen.add(tag)
        if tag == _ZIP64:
            sizes = _long_sizes(body, sizes, disk)
        if tag == _UNICODE_NAME:
            _refuse_unless(body[5:] == raw_name)
        at += 4 + length
    return sizes


def _long_sizes(body, sizes, disk):
    """Put the 64-bit values of a Zip64 extra where a header says "too long for me"; all must be used up.

    Writers that always prepare for Zip64 also leave the values in when the header has them; then they must agree.
    """
    missing = [at for at, size in enumerate(sizes) if size == 0xFFFFFFFF]
    body = body[:-4] if disk == 0xFFFF else body
    values = struct.unpack(f"<{len(body) // 8}Q", body)
    if not missing:
        _refuse_unless(values == tuple(sizes[: len(values)]))
        return sizes
    _refuse_unless(len(values) == len(missing))
    filled = dict(zip(missing, values, strict=True))
    return [filled.get(at, size) for at, size in enumerate(sizes)]


def _walk(data, found, directory_at):
    """Follow the local headers from byte 0 to the directory without a gap; return members with their start."""
    walked, at = [], 0
    for member, flags in found:
        _refuse_unless(member.header_at == at)
        magic, _, _, local_flags, method, _, _, crc, packed, unpacked, name_size, extra_size = _LOCAL.unpack_from(
            data, at
        )
        raw = data[at + _LOCAL.size : at + _LOCAL.size + name_size]
        extra = data[at + _LOCAL.size + name_size : at + _LOCAL.size + name_size + extra_size]
        watched = _ENCRYPTED | _DESCRIPTOR | _STRONG | _PATCHED | _UTF8
        _refuse_unless(magic == b"PK\x03\x04" and method == member.method)
        _refuse_unless(local_flags & watched == flags & watched)
        _refuse_unless(raw.decode("utf-8" if flags & _UTF8 else "cp437") == member.name)
        claimed = (crc, *_local_sizes(extra, raw, unpacked, packed))
        truth = (member.crc, member.unpacked, member.packed)
        late = bool(flags & _DESCRIPTOR)
        _refuse_unless(all(a == b or (late and a == 0) for a, b in zip(claimed, truth, strict=True)))
        starts_at = at + _LOCAL.size + name_size + extra_size
        at = starts_at + member.packed
        _refuse_unless(at <= directory_at)
        if late:
            at += _descriptor_size(data, at, truth)
        walked.append(Member(**{**member.__dict__, "starts_at": starts_at}))
    _refuse_unless(at == directory_at)
    return walked


def _local_sizes(extra, raw_name, unpacked, packed):
    return _extra(extra, raw_name, [unpacked, packed])


def _descriptor_size(data, at, truth):
    """Return how long the data descriptor at `at` is; its four usual forms are known by their values."""
    crc, unpacked, packed = truth
    for form in ("<L2L", "<L2Q"):
        try:
            body = struct.pack(form, crc, packed, unpacked)
        except struct.error:
            continue
        for head in (b"PK\x07\x08", b""):
            if data.startswith(head + body, at):
                return len(head + body)
    raise Rejected("damaged_container")
