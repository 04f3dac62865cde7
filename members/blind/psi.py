"""Private set intersection: both departments' computers compare tokens directly, and nobody else takes part.

Runs in an environment of its own (`requirements-psi.txt`), packed as `blind-psi.pyz`. SecretFlow's RR22, never in its
low-communication mode, which loses pairs. The members' side receives: it learns how many of its rows are on both rolls;
which, only with the four release words that the other side's program shows to its own people.
The release is kept by honest programs, not by mathematics: the receiving computer has computed the answer.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import secrets
import sys
import tempfile
from pathlib import Path

from spu import libspu, psi

from members.blind import office, phrase, ticket
from members.blind.roll import Roll
from members.blind.texts import Faulty, gettext_noop
from members.blind.texts import gettext as _
from members.matching import passes, tokens
from members.matching.prepare import Tally, clean

RANKS = {"practitioners": 0, "members": 1}
RECEIVER = RANKS["members"]
RELEASE_WORDS = 4
BLOCK = hashlib.sha256().digest_size
NUMBERED = tokens.CORE[:3]
OTHER = {"practitioners": "members", "members": "practitioners"}
WAIT_MILLISECONDS = 600_000  # the other department may still be typing its words
RETRIES = 600


def main(arguments: list[str] | None = None) -> int:
    """Ask for the words, compare, say the count; or open a sealed result."""
    parser = argparse.ArgumentParser(prog="psi", description=_("Match two rolls without handing them over."))
    parser.add_argument("--roll", type=Path, required=True)
    parser.add_argument("--ticket", type=Path)
    parser.add_argument("--listen", default="0.0.0.0:9761")  # the port both fire walls must let through
    parser.add_argument("--peer")
    parser.add_argument("--open", type=Path, help=_("open a sealed result with the release words"))
    options = parser.parse_args(arguments)
    try:
        if options.open:
            return _open(options.roll, options.open)
        return _compare(options)
    except Faulty as refusal:
        _say(f"\n{refusal}")
        return 1


def _compare(options: argparse.Namespace) -> int:
    task = ticket.load(options.ticket, "blind-ticket")
    roll = Roll(options.roll)
    office.check_side(roll, task["side"])
    key = phrase.RunKey(phrase.read(input(_("The ten words, with spaces between: "))), task["run"], task["algorithm"])
    rows = {}
    for entry in roll.entries():
        values = clean(entry, Tally())
        rows[entry.number] = _items(key, values, task["side"]), not (values.number or values.broken)
    context = _link(task["side"], options.listen, options.peer)
    try:
        _greet(context, task, key, len(rows))
        common = intersect(context, {item for items, _missing in rows.values() for item in items})
        return _send_release(context) if context.rank != RECEIVER else _receive(context, rows, common, task, roll)
    finally:
        context.stop_link()


def _items(key: phrase.RunKey, values: tokens.Clean, side: str) -> dict[str, str]:
    """Map the items of a row to what each says of it when the other side has it too.

    A number may equal the other's, or a repair of the other's, or its repair the other's: so that the receiver can
    tell, an item of a number begins with what it is on the receiver's and on the sender's side (s as written, r
    repaired).
    """
    digest, found = key.digest, {}
    is_receiver = RANKS[side] == RECEIVER

    def add(name: str, token: bytes | None, mine: str) -> None:
        for theirs in "sr" if name in NUMBERED else "s":
            prefix = mine + theirs if is_receiver else theirs + mine
            if token:
                found[f"{prefix}:{name}:{token.hex()}"] = name if prefix == "ss" else f"repaired_{name}"

    for name, token in zip(tokens.CORE, tokens.core(digest, values)):  # noqa: B905 (Python 3.8)
        add(name, token, "s")
    for repair in tokens.repaired(digest, values):
        for name, token in zip(NUMBERED, repair):  # noqa: B905 (Python 3.8)
            add(name, token, "r")
    for kind, token, hole in tokens.closer(digest, values):
        found[f"{kind.replace('half', 'mask')}:{token.hex()}"] = "id_look" if hole else kind
    return found


def levels(said: set[str], is_missing: bool) -> tuple[str, str, str, str, str]:
    """Turn what the items in common say of one row into the levels of a pair, the doubtful way where they cannot tell.

    `is_missing`: the row has no usable number of its own.
    """
    number = "missing" if is_missing else "differs"
    number = "same" if "id" in said else "repaired" if "repaired_id" in said else number
    if said & {"id_name", "repaired_id_name", "phone_name", "birth_name", "plate_name"}:
        name = "same"
    elif said & {"id_sound", "repaired_id_sound", "phone_sound"}:
        name = "sound"
    else:
        kinds = (("id_look", "alike"), ("id_mask", "char"), ("phone_mask", "char"), ("id_half", "half"))
        name = next((level for kind, level in kinds if kind in said), "differs")
    phone = "same" if said & {"phone_name", "phone_sound", "phone_first", "id_phone"} else "differs"
    birth = "same" if "birth_name" in said and is_missing else "missing"
    return number, name, phone, birth, "same" if "plate_name" in said else "missing"


def _link(side: str, listen: str, peer: str) -> libspu.link.Context:
    """Connect the two processes; the practitioners' side is party 0."""
    description = libspu.link.Desc()
    description.recv_timeout_ms = WAIT_MILLISECONDS
    description.connect_retry_times = RETRIES
    addresses = {side: listen, OTHER[side]: peer}
    for party in RANKS:
        description.add_party(party, addresses[party])
    try:
        return libspu.link.create_brpc(description, RANKS[side])
    except RuntimeError:
        raise Faulty(
            gettext_noop("The other department's computer cannot be reached at %(peer)s."), peer=peer
        ) from None


def _greet(context: libspu.link.Context, task: dict, key: phrase.RunKey, rows: int) -> None:
    """Tell each other run, side, phrase's check value and size. Raises: Faulty, where they do not fit."""
    mine = {"run": task["run"], "tokens": key.digest.version, "check": key.check, "rows": rows, "side": task["side"]}
    theirs = json.loads(context.all_gather(json.dumps(mine))[1 - context.rank])
    if theirs["run"] != mine["run"] or theirs["tokens"] != mine["tokens"] or theirs["side"] == mine["side"]:
        raise Faulty(gettext_noop("The two tickets do not belong to the two sides of one run."))
    if theirs["check"] != mine["check"]:
        raise Faulty(gettext_noop("The two departments did not use the same ten words. Read them out again."))
    _say(_("The other side's roll has %(rows)d rows.") % {"rows": theirs["rows"]})


def intersect(context: libspu.link.Context, items: set[str]) -> set[str]:
    """Run RR22; return the items in common to the receiver, nothing to the other side."""
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "in.csv", Path(folder) / "out.csv"
        given.write_text("item\n" + "\n".join(sorted(items)) + "\n", encoding="ascii")
        psi.psi_execute(
            psi.PsiExecuteConfig(
                protocol_conf=psi.PsiProtocolConfig(
                    protocol=psi.PsiProtocol.PROTOCOL_RR22,
                    receiver_rank=RECEIVER,
                    broadcast_result=False,
                    rr22_params=psi.Rr22Rarams(low_comm_mode=False),  # it loses 2 to 4 of 97,300 pairs
                ),
                input_params=psi.InputParams(path=str(given), selected_keys=["item"], keys_unique=True),
                output_params=psi.OutputParams(path=str(found)),
            ),
            context,
        )
        if context.rank != RECEIVER:
            return set()
        return set(found.read_text(encoding="ascii").split()[1:])


def _send_release(context: libspu.link.Context) -> int:
    words = [secrets.choice(phrase.words()) for _place in range(RELEASE_WORDS)]
    context.send(RECEIVER, _release_key(words).hex())
    sys.stdout.write(_("Compared. The party department has been told the number alone.") + "\n")
    sys.stdout.write(
        _("Release words, to be read out once both leaders have approved: %(words)s") % {"words": " ".join(words)}
    )
    sys.stdout.write("\n")
    return 0


def _receive(context: libspu.link.Context, rows: dict, common: set[str], task: dict, roll: Roll) -> int:
    found = {}
    for number, (items, is_missing) in rows.items():
        said = {says for item, says in items.items() if item in common}
        code = passes.code(*levels(said, is_missing)) if said else ""
        if code:
            found[str(number)] = code
    key = bytes.fromhex(context.recv(RANKS["practitioners"]).decode("ascii"))
    sealed = {"format": "blind-sealed", "run": task["run"], "roll_sha256": roll.sha256, "body": seal(key, found)}
    path = roll.path.resolve().parent / f"{task['run'][:8]}-sealed.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(sealed), encoding="utf-8")
    sure = sum(not code.startswith("review-") for code in found.values())
    counts = {"sure": sure, "decide": len(found) - sure}
    sys.stdout.write(_("On both rolls: %(sure)d sure by the rules, %(decide)d to be decided.") % counts + "\n")
    sys.stdout.write(
        _("Which ones lies sealed in %(path)s until the other side reads out its release words.") % {"path": path.name}
    )
    sys.stdout.write("\n")
    return 0


def _open(path: Path, result: Path) -> int:
    """Open a sealed result with the release words; write the department's own rows."""
    roll, sealed = Roll(path), json.loads(result.read_text(encoding="utf-8"))
    if sealed["roll_sha256"] != roll.sha256:
        raise Faulty(gettext_noop("%(name)s is not the roll that was compared, or was changed since."), name=path.name)
    found = unseal(_release_key(input(_("The four release words: ")).split()), sealed["body"])
    if found is None:
        raise Faulty(gettext_noop("These are not the release words of this result."))
    numbers = {int(number): [str(place), code, "", ""] for place, (number, code) in enumerate(found.items(), 1)}
    written = office.write_opened(roll, {"run": sealed["run"], "side": "members"}, numbers)
    sys.stdout.write(
        _("%(count)d of your rows opened: %(path)s") % {"count": len(numbers), "path": written.name} + "\n"
    )
    return 0


def _release_key(words: list[str]) -> bytes:
    return hashlib.scrypt("".join(words).encode("utf-8"), salt=b"blind-release", dklen=32, **phrase.COST)


def seal(key: bytes, value: dict) -> str:
    """Seal a small value: HMAC-SHA-256 as a stream, and over what came out."""
    plain, nonce = json.dumps(value).encode("ascii"), secrets.token_bytes(16)
    body = nonce + _stream(key, nonce, plain)
    return (hmac.new(key, b"tag" + body, hashlib.sha256).digest() + body).hex()


def unseal(key: bytes, sealed: str) -> dict | None:
    """Open what `seal` made; None under another key."""
    data = bytes.fromhex(sealed)
    tag, body = data[:32], data[32:]
    if not hmac.compare_digest(tag, hmac.new(key, b"tag" + body, hashlib.sha256).digest()):
        return None
    return json.loads(_stream(key, body[:16], body[16:]))


def _stream(key: bytes, nonce: bytes, data: bytes) -> bytes:
    blocks = range(-(-len(data) // BLOCK))
    stream = b"".join(hmac.new(key, nonce + block.to_bytes(8, "big"), hashlib.sha256).digest() for block in blocks)
    return bytes(a ^ b for a, b in zip(data, stream))  # noqa: B905 (the shorter counts)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
