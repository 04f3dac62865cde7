"""`make train-matcher`: estimate the matcher's weights and write members/matching/model.json.

m and u are counted directly, since the truth of generated rolls is known: m over true pairs, u over all other pairs
(rare levels exactly, common ones on a sample), on both profiles, `real` three times as heavy as `dirty`. Splink's
expectation maximisation would only approach these numbers, so it is the peer in `bench.matching` and not used here.
`--labels FILE` adds pairs that people have reviewed, as `manage.py export_match_labels` prints them: JSON lines
{"pass": …, "levels": {"id_no": …, "name": …, "phone": …}, "match": true, "count": 3, "stands_for": 3.0}.
Confirmed pairs teach m. Rejected ones teach no u, since reviewed pairs are chosen, not drawn; they are printed by
pass, where a rule that errs shows.
"""

import argparse
import json
import random
from collections import Counter
from pathlib import Path

from members.matching import compare, generate, model, rosters
from members.matching.prepare import Tally, clean

PSEUDO = 0.5  # added to every level so that none weighs infinitely
SAMPLE = 300_000
SHARE = {"real": 3, "dirty": 1}
COMMON_NAMES = {"same": 1e-05, "sound": 3e-05}


def cleaned(rows):
    fields = rosters.Entry._fields
    tally = Tally()
    entries = (rosters.Entry(at, **{k: v for k, v in row.items() if k in fields}) for at, row in enumerate(rows, 1))
    return {row.rid: clean(row, tally) for row in entries}


def count(world, seed):
    """Return level counts of true pairs, and level shares of other pairs."""
    ours, theirs = cleaned(world.practitioners), cleaned(world.members)
    true = Counter()
    for left, right in world.truth:
        true.update(compare.levels(ours[left], theirs[right]).items())
    draw = random.Random(seed)
    lefts, rights = list(ours), list(theirs)
    other = Counter()
    for _ in range(SAMPLE):
        left, right = draw.choice(lefts), draw.choice(rights)
        if (left, right) not in world.truth:
            other.update(compare.levels(ours[left], theirs[right]).items())
    shares = {key: times / SAMPLE for key, times in other.items()}
    pairs = len(ours) * len(theirs) - len(world.truth)
    for field, column in (("id_no", "number"), ("name", "name"), ("phone", "phone"), ("birth", "birth")):
        mine = Counter(getattr(values, column) for values in ours.values())
        equal = sum(mine[getattr(values, column)] for values in theirs.values() if getattr(values, column)) - sum(
            getattr(ours[left], column) == getattr(theirs[right], column) != "" for left, right in world.truth
        )
        shares[field, "same"] = (equal + PSEUDO) / pairs
    return true, shares


def confirmed(labels):
    """Return level counts of the pairs that people confirmed; a sampled pair stands for all it was drawn from."""
    true = Counter()
    for label in labels:
        for field, level in label["levels"].items():
            if level not in model.LEVELS.get(field, ()):
                raise SystemExit(f"--labels: {field}:{level} is no level of this matcher")
            if label["match"]:
                true[field, level] += label.get("stands_for", label.get("count", 1))
    return true


def estimate(rows, seed, labels):
    """Return the fields' m and u, and the prior."""
    true, other, weight = Counter(), Counter(), sum(SHARE.values())
    for profile, share in SHARE.items():
        counted, shares = count(generate.generate(seed, rows, rows, rows // 10, profile), seed)
        for key, times in counted.items():
            true[key] += times * share
        for key, value in shares.items():
            other[key] += value * share / weight
    true.update(confirmed(labels))
    fields = {}
    for field, levels in model.LEVELS.items():
        said = [level for level in levels if level != "missing"]
        total = sum(true[field, level] + PSEUDO for level in said)
        total_other = sum(other[field, level] for level in said) or 1
        fields[field] = {
            level: {
                "m": round((true[field, level] + PSEUDO) / total, 9),
                "u": float(f"{max(other[field, level] / total_other, 1e-10):.4g}"),
            }
            for level in said
        }
    # Neither occurs in generated rolls by chance: a repair that fits a stranger, a plate in the members' roll.
    fields["id_no"]["repaired"]["u"] = fields["id_no"]["same"]["u"] / 10
    fields["plate"] = {"same": {"m": 0.8, "u": 1e-06}, "differs": {"m": 0.2, "u": 1.0}}
    # Real names gather in fashions and families; the generator's characters are drawn one by one.
    for level, floor in COMMON_NAMES.items():
        fields["name"][level]["u"] = max(fields["name"][level]["u"], floor)
    # Given the same name, a birth date agrees by chance once in eighteen thousand days.
    fields["birth"] = {"same": {"m": 0.98, "u": 5.5e-05}, "differs": {"m": 0.02, "u": 1.0}}
    return fields


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--out", type=Path, default=model.SHIPPED)
    options = parser.parse_args()
    labels = [json.loads(line) for line in options.labels.read_text().splitlines()] if options.labels else []
    answers = Counter()
    for label in labels:
        answers[label.get("pass", "?"), label["match"]] += label.get("count", 1)
    fields = estimate(options.rows, options.seed, labels)
    document = {
        "version": f"generated-{options.seed}-{options.rows}" + (f"-{sum(answers.values())}-labels" if labels else ""),
        "probability_two_random_records_match": model.FOUND_SHARE / options.rows,
        "fields": fields,
    }
    options.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for (field, level), weight in model.Model(document).weights.items():
        numbers = fields[field][level]
        print(f"{field:6} {level:9} m {numbers['m']:.6f}  u {numbers['u']:.3g}  {weight:+.2f} bits")
    for code in sorted({code for code, _is_match in answers}):
        print(f"{code:18} confirmed {answers[code, True]:6}  rejected {answers[code, False]:6}")


if __name__ == "__main__":
    main()
