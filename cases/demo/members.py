"""The demo's people, firms, vehicles, visits and leads of both counties, by the same actions as the pages."""

import random
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, islice, product
from pathlib import Path

from django.db import connection

from cases.demo import development
from cases.demo.clock import clock, morning
from members import audit, identity
from members.actions import account, discovery, organisation, region, register
from members.actions.discovery import FoundPerson
from members.matching.generate import Human, Maker
from members.middleware import whole_scope
from members.models import EnterpriseVisit, Lead, Organisation, Person, Region, User, Vehicle
from members.models.discovery import Channel, LeadState
from members.models.register import LINKS
from members.permissions import Role

HERE = Path(__file__).parent
Kind, S = Organisation.Kind, LeadState

# The steps that lead a fresh lead to each state.
ROADS = {
    S.FOUND: (),
    S.CONTACTED: (S.CONTACTED,),
    S.VERIFIED: (S.CONTACTED, S.VERIFIED),
    S.RETURNED: (S.CONTACTED, S.VERIFIED, S.RETURNED),
    S.TRANSFERRED: (S.CONTACTED, S.VERIFIED, S.RETURNED, S.TRANSFERRED),
    S.DUAL: (S.CONTACTED, S.VERIFIED, S.RETURNED, S.DUAL),
    S.FALSE_ALARM: (S.CONTACTED, S.FALSE_ALARM),
    S.UNWILLING: (S.CONTACTED, S.UNWILLING),
}
DAYS_BETWEEN_STEPS = 6
DAYS_OF_YEAR = 330
NAME_STARTS = "顺安通达恒远宏盛金鑫德诚润丰广汇"
NAME_ENDS = "运驰捷途联畅行泰和源胜隆"
TRADES = ("货运有限公司", "物流有限公司", "快递服务部", "运输有限公司", "同城配送有限公司")
TITLES = ("支部书记", "组织委员", "宣传委员", "车队长", "安全员")


@dataclass
class County:
    """What one county's plan has led to so far."""

    plan: dict
    maker: Maker
    official: User
    keeper: Organisation
    committee: Organisation
    towns: list[Region] = field(default_factory=list)
    villages: list[Organisation] = field(default_factory=list)
    branches: list[Organisation] = field(default_factory=list)
    firms: list[Organisation] = field(default_factory=list)
    visitors: list[User] = field(default_factory=list)
    drivers: list[Person] = field(default_factory=list)

    @property
    def draw(self) -> random.Random:
        """The county's own sequence of chances: the demo is the same on every machine."""
        return self.maker.draw

    def strangers(self) -> Iterator[Human]:
        """Draw people who do not exist, without end."""
        return (self.maker.human() for _n in count())


def build(say: Callable[[str], None], bodies: dict[str, Organisation], users: dict[str, User]) -> None:
    """Fill both counties; the scope is lifted, since nobody's request is being answered."""
    with whole_scope():
        for plan in tomllib.loads((HERE / "members.toml").read_text(encoding="utf-8"))["county"]:
            say(f"人员与线索：{plan['place']}")
            county = County(
                plan=plan,
                maker=Maker(plan["seed"]),
                official=users[plan["official"]],
                keeper=bodies[plan["keeper"]],
                committee=bodies[plan["committee"]],
            )
            _places(county, bodies[plan["above"]])
            _firms(county)
            _people(county)
            _vehicles(county)
            _leads(county, _visits(county))
            _recorder(county)
            recorders = (county.official, county.visitors[0])
            people = county.drivers[-1 - plan["developments"] : -1]
            development.build(people, recorders, county.keeper, users["steward"])


def _places(county: County, above: Organisation) -> None:
    """Found townships with their villages, and the branches; the townships' last three digits are our own count."""
    whole = Region.objects.get(code=county.plan["region"])
    for number, name in enumerate(county.plan["townships"], start=1):
        code = f"{whole.code}{number:03}"
        town = region.add(code=code, name=name, level=Region.Level.TOWNSHIP, parent=whole, by=None)
        body = _found(f"town-{code}", f"{county.plan['place']}{name}", Kind.TOWNSHIP, town, above)
        county.towns.append(town)
        village = county.plan["villages"][number % len(county.plan["villages"])]
        place = _found(f"village-{code}", f"{name}{village}", Kind.COMMUNITY, town, body, village)
        county.villages.append(place)
        county.branches.append(
            _found(f"branch-{code}", f"{name}{village}党支部", Kind.PARTY_BRANCH, town, place, f"{village}党支部")
        )
    for number, name in enumerate(county.plan["branches"], start=1):
        code, full = f"{county.committee.code}-{number}", f"{county.plan['place']}{name}"
        county.branches.append(_found(code, full, Kind.PARTY_BRANCH, whole, county.committee, name))


def _found(code: str, name: str, kind: str, where: Region, above: Organisation, short_name: str = "") -> Organisation:
    return organisation.found(
        code=code, name=name, kind=kind, region=where, parent=above, short_name=short_name, by=None
    )


def _firms(county: County) -> None:
    """Add the firms: as `enterprise.found` does, but written together, since there are hundreds."""
    pairs = [f"{start}{end}" for start, end in product(NAME_STARTS, NAME_ENDS)]
    county.draw.shuffle(pairs)
    names = dict.fromkeys(f"{county.plan['place']}{pair}{county.draw.choice(TRADES)}" for pair in pairs * 2)
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence('members_organisation', 'id')) from generate_series(1, %s)",
            [county.plan["firms"]],
        )
        numbers = [pk for (pk,) in cursor.fetchall()]
    rows = []
    for position, (pk, name) in enumerate(zip(numbers, names, strict=False)):
        uscc = _credit_code(county.plan["region"], position) if position % 40 else ""
        rows.append(
            Organisation(
                pk=pk,
                code=f"ent-{uscc.lower() or pk}",
                name=name,
                short_name=name[:4],
                kind=Kind.ENTERPRISE,
                parent=county.keeper,
                path=f"{county.keeper.path}{pk}.",
                region=county.draw.choice(county.towns),
                uscc=uscc,
            )
        )
    county.firms = Organisation.objects.bulk_create(rows)
    for firm in county.firms:
        audit.record(actor=county.official, event="organisation.found", target=firm)


def _credit_code(region_code: str, number: int) -> str:
    """Return a valid credit code of an enterprise that is not there: its middle is our own count."""
    first17 = f"91{region_code}MA0D{number:05}"
    return first17 + identity.credit_check(first17)


def _people(county: County) -> None:
    """Register drivers and couriers: known members first; some lack a number or a link, as in every register."""
    for number, human in enumerate(islice(county.strangers(), county.plan["people"])):
        is_member = number < county.plan["members"]
        links = {
            "employer": county.draw.choice(county.firms) if number % 9 else None,
            "industry_committee": county.committee if is_member or number % 3 == 0 else None,
            "home_community": county.draw.choice(county.villages) if number % 4 else None,
            "party_branch": county.draw.choice(county.branches) if is_member else None,
        }
        with clock(morning(DAYS_OF_YEAR + 20, number)):
            person = _register(county, human, has_number=number % 11 != 10, has_phone=number % 13 != 12, **links)
        county.drivers.append(person)
        if is_member and number % 3 == 0:
            body = person.party_branch or county.committee
            day = morning(200 + number, 0).date()
            title = TITLES[number % len(TITLES)]
            register.add_post(person=person, organisation=body, title=title, from_on=day, by=county.official)
    twice = county.drivers[-1]  # entered a second time by phone alone: something for the data desk to find
    human = Human(twice.name, "", 0, None, "", phone=f"1985500{county.plan['seed']}")
    register.change(person=twice, by=county.official, phone=human.phone)
    _register(county, human, has_number=False, employer=county.firms[0])


def _register(
    county: County, human: Human, *, has_number: bool = True, has_phone: bool = True, **links: object
) -> Person:
    return register.create(
        name=human.name,
        organisation=county.keeper,
        by=county.official,
        identity=human.number if has_number else "",
        phone=human.phone if has_phone else "",
        **{name: body for name, body in links.items() if name in LINKS},
    )


def _vehicles(county: County) -> None:
    """Give most drivers a vehicle; every fifth is kept by somebody else."""
    kinds = [Vehicle.Kind.TRUCK] * 4 + [Vehicle.Kind.VAN] * 2 + [Vehicle.Kind.TAXI, Vehicle.Kind.MOTORCYCLE]
    numbers = county.draw.sample(range(10_000, 100_000), county.plan["vehicles"])
    for position, number in enumerate(numbers):
        plate, kind = f"{county.plan['plate']}{number}", kinds[position % len(kinds)]
        is_own = position % 5 != 0
        driver = county.drivers[position]
        common = {"plate": plate, "kind": kind, "by": county.official}
        register.add_vehicle(person=driver, is_keeper=is_own, is_driver=True, **common)
        if not is_own:
            register.add_vehicle(person=county.drivers[-1 - position], is_keeper=True, is_driver=False, **common)


def _visits(county: County) -> dict[str, list[Lead]]:
    """Visit the firms over the year, two people at a time; return the leads opened, those to walk first."""
    for number, human in enumerate(islice(county.strangers(), county.plan["visitors"]), start=1):
        username = f"{county.plan['official']}-{number:02}"
        county.visitors.append(
            account.open_account(username=username, name=human.name, organisation=county.keeper, by=None)
        )
    wanted = sum(county.plan["leads"]["enterprise_visit"].values())
    firms = county.firms[: county.plan["firms_visited"]]
    gap = len(firms) // wanted
    leads, plain = [], []
    for number, firm in enumerate(firms):
        pair = [county.visitors[(number + step) % len(county.visitors)] for step in (0, 1)]
        moment = morning(DAYS_OF_YEAR - number * (DAYS_OF_YEAR - 12) // len(firms), number % 60)
        if number % gap == 0 and len(leads) < wanted:
            human = county.maker.human()
            found = [FoundPerson(human.name, human.phone, human.number)]
            with clock(moment):
                _visit, opened = discovery.record_visit(
                    enterprise=firm, visited_on=moment.date(), visitors=pair, found=found, by=county.official
                )
            leads += opened
        else:
            plain.append((firm, moment, pair))
    _plain_visits(county, plain)
    return {"enterprise_visit": leads}


def _plain_visits(county: County, plain: list[tuple[Organisation, datetime, list[User]]]) -> None:
    """Note the visits that found nobody: as `discovery.record_visit` does, but written together."""
    home = county.official.organisation
    visits = EnterpriseVisit.objects.bulk_create(
        EnterpriseVisit(
            enterprise=firm,
            organisation=home,
            organisation_path=home.path,
            visited_on=moment.date(),
            recorded_at=moment,
            recorded_by=county.official,
        )
        for firm, moment, _pair in plain
    )
    went = EnterpriseVisit.visitors.through
    went.objects.bulk_create(
        went(enterprisevisit=visit, user=user)
        for visit, (_firm, _moment, pair) in zip(visits, plain, strict=True)
        for user in pair
    )
    for visit in visits:
        audit.record(actor=county.official, event="visit.record", target=visit, enterprise=visit.enterprise_id, found=0)


def _recorder(county: County) -> None:
    """Let the first visitor keep people too: what the home place records is not recorded by the same account."""
    account.grant(
        user=county.visitors[0],
        role=Role.OFFICIAL,
        organisation=county.keeper,
        by=None,
        starts_on=morning(4 * DAYS_OF_YEAR, 0).date(),
    )
    county.visitors[0] = User.objects.get(pk=county.visitors[0].pk)


def _leads(county: County, opened: dict[str, list[Lead]]) -> None:
    """Open the leads of the other channels on drivers not known as members, and walk all to their states."""
    unknown = iter(county.drivers[county.plan["members"] :])
    for channel, states in county.plan["leads"].items():
        wanted = [LeadState(state) for state, number in states.items() for _n in range(number)]
        visits = opened.get(channel)
        gap = max(1, (DAYS_OF_YEAR - 60) // len(wanted))
        for number, state in enumerate(wanted):
            days_ago = DAYS_OF_YEAR - number * gap if ROADS[state] else 2 + 5 * (number % 4)
            if visits is not None:
                lead = visits[number]
            else:
                with clock(morning(days_ago, number)):
                    by = None if channel == Channel.CHECK_IN else county.official
                    lead = discovery.open_lead(person=next(unknown), channel=Channel(channel), by=by)
            _walk(county, lead, state, number)


def _walk(county: County, lead: Lead, state: LeadState, number: int) -> None:
    """Take the steps to a state; who is verified names a branch, and every sixth shows up by a second channel."""
    moment = lead.found_at
    for step in ROADS[state]:
        moment += timedelta(days=DAYS_BETWEEN_STEPS)
        with clock(min(moment, morning(1, number))):
            if step == LeadState.RETURNED:
                discovery.join_group(lead=lead, has_joined=True, by=county.official)
            lead = discovery.move(lead=lead, to=step, by=county.official)
            if step == LeadState.VERIFIED:
                person = Person.objects.get(pk=lead.person_id)
                links = {"party_branch": county.draw.choice(county.branches), "industry_committee": county.committee}
                register.change(person=person, by=county.official, **links)
    if ROADS[state] and number % 6 == 5 and lead.channel != Channel.CHECK_IN:
        with clock(min(moment, morning(1, number))):
            discovery.open_lead(person=lead.person, channel=Channel.CHECK_IN, by=None)
