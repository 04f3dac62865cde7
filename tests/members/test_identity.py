"""Identity numbers, phones, plates and credit codes: each rule with what it must not let through."""

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members import digest, identity, identity_faults, region_codes
from members.identity import Reading

GOOD = "37068519900101123X"
REGIONS = sorted(region_codes.ends())


@st.composite
def numbers(draw):
    """Draw a valid identity number of someone born while the region's code was given out."""
    code = draw(st.sampled_from(REGIONS))
    last = min(region_codes.ends()[code], 2020)
    born = draw(st.dates(datetime.date(1920, 1, 1), datetime.date(last, 12, 31)))
    first17 = f"{code}{born:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return first17 + identity.check_character(first17)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.lower(),
        "３７０６８５１９９００１０１１２３Ｘ",
        "370685 19900101 123X",
        "\t'37068519900101123X",
        '="37068519900101123X"',
        "\ufeff370685-19900101-123X\u200b",
        "37O68519900I01123X",
    ],
)
def test_an_identity_number_has_one_spelling(text):
    assert identity.read_id(text) == Reading(GOOD)


def test_fifteen_digits_are_written_out():
    assert identity.read_id("370685900101123") == Reading(GOOD, expanded=True)
    assert identity.read_id("370685900101123.0") == Reading(GOOD, expanded=True)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "missing"),
        (" 无 ", "missing"),
        ("3.70685E+17", "scientific"),
        ("3.70685199001011e+17", "scientific"),
        ("370685199001011000", "scientific"),
        ("3****************X", "masked"),
        ("370685********1234", "masked"),
        ("370685XXXXXXXX1234", "masked"),
        ("身份证号", "characters"),
        ("3706851990010112X3", "characters"),
        ("37068519900101123", "length"),
        ("370685199001011230X", "length"),
        ("370685199001011230", "check"),
        ("370685199013011231", "date"),
        ("370685209901011236", "date"),
        ("370685180001011236", "date"),
        ("990685199001011232", "region"),
    ],
)
def test_a_bad_identity_number_names_its_fault(text, fault):
    if fault in {"date", "region"}:
        text = text[:17] + identity.check_character(text[:17])

    assert identity.read_id(text).fault == fault
    assert identity_faults.sentence("id_no", fault)


def test_a_retired_region_is_right_for_life_but_not_for_the_unborn():
    retired = next(code for code, last in region_codes.ends().items() if last == 1990)
    first17 = f"{retired}19850505001"
    number = first17 + identity.check_character(first17)
    mistyped = number[:16] + "9" + number[17:]
    unborn = f"{retired}20010505001"
    unborn += identity.check_character(unborn)

    assert identity.read_id(number).fault == ""
    assert number in identity.repairs(mistyped)
    assert unborn not in identity.repairs(unborn[:16] + "9" + unborn[17:])


@given(numbers(), st.integers(0, 17), st.integers(0, 10))
def test_repair_finds_the_original_of_a_mistyped_digit(number, position, digit):
    digit = "0123456789X"[digit] if position == 17 else str(digit % 10)
    mistyped = number[:position] + digit + number[position + 1 :]

    assert mistyped == number or number in identity.repairs(mistyped)


@given(numbers(), st.integers(0, 15))
def test_repair_finds_the_original_of_swapped_neighbours(number, position):
    swapped = number[:position] + number[position + 1] + number[position] + number[position + 2 :]

    assert swapped == number or number in identity.repairs(swapped)


@given(numbers(), st.integers(0, 16), st.integers(1, 9))
def test_what_repair_offers_is_valid_and_one_slip_away(number, position, step):
    mistyped = number[:position] + str((int(number[position]) + step) % 10) + number[position + 1 :]

    for offer in identity.repairs(mistyped):
        differing = [place for place in range(18) if offer[place] != mistyped[place]]
        assert identity.read_id(offer).fault == ""
        assert len(differing) == 1 or (
            len(differing) == 2
            and offer[differing[0]] == mistyped[differing[1]]
            and offer[differing[1]] == mistyped[differing[0]]
        )


@given(st.text())
def test_no_text_makes_a_reader_raise(text):
    for read in (identity.read_id, identity.read_phone, identity.read_plate, identity.read_credit_code):
        reading = read(text)
        assert (reading.value != "") or reading.fault
    assert identity.birth_of(text) == ""
    assert identity.repairs(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "13805351234",
        "+86 138-0535-1234",
        "008613805351234",
        "8613805351234",
        "013805351234",
        "１３８０５３５１２３４",
        "13805351234.0",
        "13805351234/0535-8212345",
        "0535-8212345、138 0535 1234",
    ],
)
def test_a_phone_has_one_spelling(text):
    assert identity.read_phone(text) == Reading("13805351234")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "missing"),
        ("1.38054E+10", "scientific"),
        ("138******34", "masked"),
        ("138XXXX1234", "masked"),
        ("0535-8212345", "landline"),
        ("12805351234", "landline"),
        ("138053512345", "landline"),
        ("打他爱人的", "characters"),
    ],
)
def test_a_bad_phone_names_its_fault(text, fault):
    assert identity.read_phone(text) == Reading("", fault)
    assert identity_faults.sentence("phone", fault)


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("鲁F12345", "鲁F12345"),
        ("鲁f·1234o", "鲁F12340"),
        ("鲁 F I2345", "鲁F12345"),
        ("鲁FD12345", "鲁FD12345"),
        ("鲁F12345D", "鲁F12345D"),
        ("鲁F1234挂", "鲁F1234挂"),
        ("京AF0236", "京AF0236"),
    ],
)
def test_a_plate_has_one_spelling(text, plate):
    assert identity.read_plate(text) == Reading(plate)


@pytest.mark.parametrize("text", ["F12345", "华F12345", "鲁O12345", "鲁F1234", "鲁F123456", "鲁FL12345", "鲁F1234学校"])
def test_what_is_no_plate_is_refused(text):
    assert identity.read_plate(text) == Reading("", "characters")


def test_a_credit_code_is_checked():
    # The example of GB 32100-2015.
    assert identity.read_credit_code("91350100m000100y43") == Reading("91350100M000100Y43")
    assert identity.read_credit_code("91350100M000100Y34").fault == "check"
    assert identity.read_credit_code("91350100M000100O43").fault == "characters"
    assert identity.read_credit_code("91350100M000100Y4").fault == "length"
    assert identity.read_credit_code("9.1350100E+17").fault == "scientific"
    assert identity.read_credit_code("").fault == "missing"


def test_masks_show_what_decision_four_allows():
    assert identity.mask_id(GOOD) == "3****************X"
    assert identity.mask_id("370685900101123") == "3*************3"
    assert identity.mask_phone("13805351234") == "138******34"
    assert identity.mask_id("3706") == "****"
    assert identity.mask_phone("8212345") == "*******"


@given(st.text(max_size=40))
def test_a_mask_never_leaks(text):
    shown_of_id = identity.mask_id(text).replace("*", "")
    shown_of_phone = identity.mask_phone(text).replace("*", "")

    assert len(shown_of_id) <= 2
    assert len(shown_of_phone) <= 5
    assert len(identity.mask_id(text)) == len(identity.mask_phone(text)) == len(text)


def test_no_sentence_about_a_fault_repeats_a_number():
    for (field, fault), sentence in identity_faults.SENTENCES.items():
        assert not re.search(r"\d{3}", str(sentence)), (field, fault)


def test_a_digest_depends_on_key_kind_and_algorithm():
    sm3 = digest.KeyedDigest(b"k" * 32, algorithm="sm3")
    sha = digest.KeyedDigest(b"k" * 32, algorithm="sha256")
    other = digest.KeyedDigest(b"j" * 32, algorithm="sm3")

    tokens = [sm3.token("id", GOOD), sm3.token("phone", GOOD), sha.token("id", GOOD), other.token("id", GOOD)]

    assert sm3.token("id", GOOD) == tokens[0]
    assert len(set(tokens)) == 4
    assert {len(token) for token in tokens} == {16}
    assert (sm3.version, sha.version) == ("sm3-run", "sha256-run")


def test_both_ways_to_compute_a_digest_agree(monkeypatch):
    values = {name: digest.KeyedDigest(b"k" * 32, algorithm=name).digest("id", GOOD) for name in ("sm3", "sha256")}
    monkeypatch.setattr(digest, "HMAC", None)

    assert {
        name: digest.KeyedDigest(b"k" * 32, algorithm=name).digest("id", GOOD) for name in ("sm3", "sha256")
    } == values


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        digest.KeyedDigest(b"short")


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("王 建国", "王建国"),
        ("　王建国 ", "王建国"),
        ("王\u200b建国", "王建国"),
        ("买买提 • 艾力", "买买提·艾力"),
        ("买买提·艾力", "买买提·艾力"),
        ("Ａｎｎａ  Lee", "Anna Lee"),
        ("", ""),
    ],
)
def test_a_name_has_one_spelling(text, tidy):
    assert identity.tidy_name(text) == tidy
