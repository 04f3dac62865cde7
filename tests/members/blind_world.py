"""Two departments, an account each, rolls with known pairs, and what each does on its own computer."""

import json
import re
from functools import cache
from pathlib import Path

from members.actions import blind
from members.blind import office, phrase, ticket
from members.blind.roll import Roll
from members.matching import generate
from members.models import Organisation
from members.models.match import Side
from members.permissions import Role
from tests.factories.members import OrganisationFactory, UserFactory

ROWS, SHARED = 80, 30
RELEASE = "ab" * 32
HEADERS = {"name": "姓名", "id_no": "身份证号", "phone": "手机号", "plate": "车牌号", "branch": "所在党支部"}


@cache
def _truth():
    return generate.generate(11, ROWS, ROWS, SHARED)


class Department:
    """One side: its body, its account, its computer."""

    def __init__(self, side, organisation, folder):
        self.side, self.organisation, self.folder = side, organisation, folder
        self.user = UserFactory(organisation=organisation, role=Role.OFFICIAL)
        folder.mkdir()

    def keep(self, rows):
        """Write the roll."""
        fields = [name for name in HEADERS if name in rows[0]]
        table = [[HEADERS[name] for name in fields], *[[row[name] for name in fields] for row in rows]]
        self.roll = self.folder / "名册.csv"
        self.roll.write_text("\n".join(",".join(cells) for cells in table), encoding="gb18030")
        return self

    def make(self, run, words, release=RELEASE):
        """Turn the roll into a token file with this run's ticket; return its bytes."""
        path = self.folder / "ticket.json"
        path.write_text(blind.ticket(run=run, side=self.side), encoding="utf-8")
        self.made = office.make(Roll(self.roll), ticket.load(path, "blind-ticket"), words, release)
        return self.made.tokens.read_bytes()

    def open(self, returned):
        """Open returned handles; return the workbook of opened rows."""
        path = self.folder / "handles.json"
        path.write_text(returned, encoding="utf-8")
        stub, roll, numbers = ticket.load(self.made.stub, "blind-stub"), Roll(self.roll), {}
        self.foreign = office.open_rows(ticket.load(path, "blind-return"), stub, roll, numbers)
        return office.write_opened(roll, stub, numbers)


class World:
    """A transport bureau and a party organisation department, 80 rows each, 30 people on both."""

    def __init__(self, tmp_path):
        root = OrganisationFactory(kind=Organisation.Kind.PLATFORM)
        bodies = [
            OrganisationFactory(parent=root, name=name, region=root.region)
            for name in ("甲县交通运输局", "甲县县委组织部")
        ]
        self.drivers, self.party = (
            Department(side, body, Path(tmp_path) / str(side)) for side, body in zip(Side, bodies, strict=True)
        )
        self.truth = _truth()
        self.drivers.keep(self.truth.practitioners)
        self.party.keep(self.truth.members)
        self.words = phrase.new()

    def run(self, **changes):
        """Open a run in the drivers' name."""
        return blind.create(
            organisation=self.drivers.organisation,
            members_organisation=self.party.organisation,
            purpose="春季比对",
            basis="协议一号",
            by=self.drivers.user,
            **changes,
        )

    def values(self):
        """Every name, number and phone of either roll."""
        rows = [*self.truth.practitioners, *self.truth.members]
        return {row[name] for row in rows for name in ("name", "id_no", "phone") if len(row[name]) > 1}


def pairs_in(returned):
    """Return the pairs of a file of handles by number."""
    return {pair["number"]: pair for pair in json.loads(returned)["pairs"]}


def is_handle(text):
    """Tell whether a text is nothing but a handle."""
    return bool(re.fullmatch("[0-9a-f]{48}", text))
