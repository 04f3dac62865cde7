"""The passes: which equalities make a pair, in SQL that DuckDB and Spark both read (pure).

An automatic pass needs no person; `review-` says that one must decide:

| code | two records share | and |
| --- | --- | --- |
| id-name, id-sound | the identity number | the name, or its sound |
| id-look | the identity number | all but one look-alike character of the name, or one that could not be typed |
| id-char | the identity number | all but one character of a name of three or more |
| id-phone | the identity number and the phone | one character of a name of two |
| rep-name, rep-sound | a number repaired by its check character | the name; its sound and the phone |
| phone-name | name and phone | a number is missing on a side, no birth dates differ |
| review-id | the identity number | a name that differs (somebody else's number, an error of the roll) or is missing |
| review-rep | a repaired number | the sound, or phone and all but one character |
| review-phone-name, -sound, -char | phone and name, its sound, all but one character | a number is missing |
| review-name-birth | name and birth date | a number is missing |
| review-plate-name | name and plate | a number is missing |
| review-two-ids | name and phone | two valid, different numbers: perhaps father and son, perhaps one person |

All but id-name count only where nobody else of either roll fits as well; otherwise a person decides.
A plate, a phone, a name or a birth date alone never makes a pair; nor do siblings, twins or parents, who share a
phone and a surname but have numbers of their own.
"""

AUTOMATIC = ("id-name", "id-sound", "id-look", "id-char", "id-phone", "rep-name", "rep-sound", "phone-name")
REVIEW = (
    "review-rep",
    "review-two-ids",
    "review-phone-name",
    "review-phone-sound",
    "review-phone-char",
    "review-plate-name",
    "review-name-birth",
    "review-id",
)
ORDER = {code: place for place, code in enumerate(AUTOMATIC + REVIEW)}
NOT_ALONE = {
    "id-sound": "review-id",
    "id-look": "review-id",
    "id-char": "review-id",
    "id-phone": "review-id",
    "rep-name": "review-rep",
    "rep-sound": "review-rep",
    "phone-name": "review-phone-name",
}
# Brothers and sisters share a phone and all but one character as often as a clerk mistypes one: never near certain.
AT_MOST = {"review-phone-char": 0.85}

# p, m: the two rolls' tokens of round one. pr, mr: repairs, tokens as if each were the number.
FOUND = """
SELECT p, m, max(repaired) AS repaired, max(same_name) AS repaired_name, max(same_sound) AS repaired_sound FROM (
    SELECT p.row AS p, m.row AS m, 0 AS repaired, 0 AS same_name, 0 AS same_sound FROM p JOIN m ON p.id = m.id
    UNION ALL
    SELECT pr.row, m.row, 1, CASE WHEN pr.id_name = m.id_name THEN 1 ELSE 0 END,
        CASE WHEN pr.id_sound = m.id_sound THEN 1 ELSE 0 END FROM pr JOIN m ON pr.id = m.id
    UNION ALL
    SELECT p.row, mr.row, 1, CASE WHEN p.id_name = mr.id_name THEN 1 ELSE 0 END,
        CASE WHEN p.id_sound = mr.id_sound THEN 1 ELSE 0 END FROM p JOIN mr ON p.id = mr.id
    UNION ALL
    SELECT pr.row, mr.row, 1, CASE WHEN pr.id_name = mr.id_name THEN 1 ELSE 0 END,
        CASE WHEN pr.id_sound = mr.id_sound THEN 1 ELSE 0 END FROM pr JOIN mr ON pr.id = mr.id
    UNION ALL
    SELECT p.row, m.row, 0, 0, 0 FROM p JOIN m ON p.phone_name = m.phone_name
    UNION ALL
    SELECT p.row, m.row, 0, 0, 0 FROM p JOIN m ON p.phone_sound = m.phone_sound
        WHERE p.id IS NULL OR m.id IS NULL
    UNION ALL
    SELECT p.row, m.row, 0, 0, 0 FROM p JOIN m ON p.phone_first = m.phone_first
        WHERE p.id IS NULL OR m.id IS NULL
    UNION ALL
    SELECT p.row, m.row, 0, 0, 0 FROM p JOIN m ON p.birth_name = m.birth_name
        WHERE p.id IS NULL OR m.id IS NULL
    UNION ALL
    SELECT p.row, m.row, 0, 0, 0 FROM p JOIN m ON p.plate_name = m.plate_name
        WHERE p.id IS NULL OR m.id IS NULL
) AS every_pass GROUP BY p, m
"""

# Levels that round one can tell; 'ask' where the names differ and round two must look closer.
ROUND_ONE = """
SELECT f.p, f.m,
    CASE WHEN p.id = m.id THEN 'same' WHEN f.repaired = 1 THEN 'repaired'
        WHEN p.id IS NULL OR m.id IS NULL THEN 'missing' ELSE 'differs' END AS id_no,
    CASE WHEN p.id_name = m.id_name OR f.repaired_name = 1 OR p.phone_name = m.phone_name
            OR p.birth_name = m.birth_name OR p.plate_name = m.plate_name THEN 'same'
        WHEN p.id = m.id AND (p.id_name IS NULL OR m.id_name IS NULL) THEN 'missing'
        WHEN p.id_sound = m.id_sound OR f.repaired_sound = 1 OR p.phone_sound = m.phone_sound THEN 'sound'
        ELSE 'ask' END AS name,
    CASE WHEN p.phone_first IS NULL OR m.phone_first IS NULL THEN 'missing'
        WHEN p.phone_first = m.phone_first OR p.phone_name = m.phone_name OR p.phone_sound = m.phone_sound
        THEN 'same' ELSE 'differs' END AS phone,
    CASE WHEN p.birth_name IS NULL OR m.birth_name IS NULL THEN 'missing'
        WHEN p.birth_name = m.birth_name THEN 'same' ELSE 'differs' END AS birth,
    CASE WHEN p.plate_name IS NULL OR m.plate_name IS NULL THEN 'missing'
        WHEN p.plate_name = m.plate_name THEN 'same' ELSE 'differs' END AS plate
FROM found f JOIN p ON p.row = f.p JOIN m ON m.row = f.m
"""

# px, mx: tokens of round two (row, kind, token, hole), for rows of pairs that asked.
ROUND_TWO = """
SELECT r.p, r.m, max(CASE WHEN px.kind = 'id_phone' THEN 1 ELSE 0 END) AS same_phone,
    max(CASE WHEN px.kind IN ('id_mask', 'phone_mask') THEN 1 ELSE 0 END) AS one_character,
    max(CASE WHEN px.kind = 'id_half' THEN 1 ELSE 0 END) AS half,
    max(CASE WHEN px.kind = 'id_look' OR (px.kind IN ('id_mask', 'id_half') AND (px.hole OR mx.hole))
        THEN 1 ELSE 0 END) AS alike
FROM round_one r JOIN px ON px.row = r.p JOIN mx ON mx.row = r.m AND mx.kind = px.kind AND mx.token = px.token
WHERE r.name = 'ask' GROUP BY r.p, r.m
"""

LEVELS = """
SELECT r.p, r.m, r.id_no,
    CASE WHEN r.name <> 'ask' THEN r.name WHEN t.alike = 1 THEN 'alike' WHEN t.one_character = 1 THEN 'char'
        WHEN t.half = 1 THEN 'half' ELSE 'differs' END AS name,
    CASE WHEN r.phone = 'differs' AND t.same_phone = 1 THEN 'same' ELSE r.phone END AS phone,
    CASE WHEN r.id_no = 'missing' AND r.name = 'same' THEN r.birth ELSE 'missing' END AS birth,
    CASE WHEN r.name = 'same' AND r.plate = 'same' THEN 'same' ELSE 'missing' END AS plate
FROM round_one r LEFT JOIN round_two t ON t.p = r.p AND t.m = r.m
"""


def code(id_no: str, name: str, phone: str, birth: str, plate: str) -> str:
    """Name the pass that a pair of these levels came through; "" where the evidence makes no pair."""
    near = name in {"alike", "char"}
    if id_no == "same":
        surely = {"same": "id-name", "sound": "id-sound", "alike": "id-look", "char": "id-char"}
        return surely.get(name) or ("id-phone" if name == "half" and phone == "same" else "review-id")
    if id_no == "repaired":
        if name == "same" or (name == "sound" and phone == "same"):
            return "rep-name" if name == "same" else "rep-sound"
        return "review-rep" if name == "sound" or (near and phone == "same") else ""
    if id_no == "differs":
        return "review-two-ids" if name == "same" and phone == "same" else ""
    if phone == "same" and (near or name in {"same", "sound"}):
        sure = name == "same" and birth != "differs"
        return "phone-name" if sure else f"review-phone-{ {'same': 'name', 'sound': 'sound'}.get(name, 'char') }"
    if name == "same" and plate == "same":
        return "review-plate-name"
    return "review-name-birth" if name == "same" and birth == "same" else ""
