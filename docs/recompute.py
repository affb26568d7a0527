"""Recompute every head and every unit cost of published books: `python3 recompute.py FOLDER > unit-costs.csv`
FOLDER holds lines.csv and counts.csv of the same books (docs/open-data.md). Python 3.9 or later, nothing else."""
import csv, hashlib, json, sys
from collections import defaultdict
from itertools import groupby, product
DATES = "on piece_on valid_on committed_on invoiced_on paid_on accrued_on".split()
SHARED, AXES = ("host", "consortium", "region"), ("", "category", "host", "consortium", "region", "phase")
PARTS = ("spent", "committed", "estimated", "in_kind")
UNITS = "records_opened records_activated records_with_1 records_with_5 documents consultations".split()
sums, counts, head = defaultdict(int), defaultdict(lambda: defaultdict(dict)), b""
write = csv.writer(sys.stdout, lineterminator="\n").writerow
def read(name): return csv.DictReader(open(f"{sys.argv[1]}/{name}.csv", encoding="utf-8", newline=""))
def sha(*parts): return hashlib.sha256(b"".join(parts))
def dump(value): return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
def part_of(account, certainty, cents):      # which part of a cost a line is in, and how much it adds there
    if account[:2] == "86": return "in_kind", cents
    if account[:2] == "80": return "committed", -cents * (account == "8018" and certainty != "estimated")
    is_cost = account[:4] == "4456" or (account[0] in "26" and account[:2] not in ("28", "29", "68"))
    return "estimated" if certainty == "estimated" else "spent", cents * is_cost
def shares(cents, weights):                  # whole cents that sum to the whole: largest remainder, then by name
    sign, whole, total = -1 if cents < 0 else 1, abs(cents), sum(weights.values())
    found = {place: whole * weights[place] // total for place in weights}
    first = sorted(weights, key=lambda p: (-(whole * weights[p] % total), p))[:whole - sum(found.values())]
    return {place: sign * (found[place] + (place in first)) for place in found}
def counted(unit, axis, year):               # by place, on the last day of counting up to the end of the year
    return counts[unit, axis][max((day for day in counts[unit, axis] if day[:4] <= str(year)), default="")]
for place, lines in groupby(read("lines"), lambda line: line["place"]):
    moved = []
    for r in lines:                          # the last columns are the dimensions; their digest is in the entry
        said = [int(r[d]) if "millionths" in d else r[d] or (None if d == "category" else "") for d in list(r)[23:]]
        moved.append([r["account"], int(r["debit_cents"]), int(r["credit_cents"]), sha(dump(said)).hexdigest()])
        part, cents = part_of(r["account"], r["certainty"], int(r["attributable_cents"]))
        for axis in AXES: sums[int(r["on"][:4]), axis, r[axis] if axis else "", part] += cents
    public = [r["entry_id"], r["journal"], r["number"], int(r["fiscal_year"]), *(r[d] or None for d in DATES),
              r["proof"], r["reverses"], r["settles"], moved, r["words_digest"]]
    head = sha(head or sha(f"carnet ledger 1\n{r['books']}".encode()).digest(), dump(public)).digest()
    assert head.hex() == r["head"], f"entry {place}: its head is not the one that its lines lead to"
for c in read("counts"): counts[c["measure"], c["axis"]][c["on"]][c["place"]] = int(c["count"])
for year, one, axis, part in product(sorted({key[0] for key in sums}), (True, False), AXES, PARTS):
    own, at = defaultdict(int), axis if axis in SHARED else ""
    for (y, a, value, p), cents in sums.items():
        own[value] += cents if (a, p) == (axis, part) and (y == year or (y < year and not one)) else 0
    records = [each for each in (counted(f"records_open{d}", at, year) for d in ("", "ed")) if any(each.values())]
    shared = shares(own.pop("", 0), (records or [{"": 1}])[0]) if at else {}
    for value, unit in product(sorted({*own, *shared}), ["", *UNITS]):
        cents, n = own[value] + shared.get(value, 0), counted(unit, at, year).get(value if at else "", 0)
        n -= counted(unit, at, year - 1).get(value if at else "", 0) if one and unit == "consultations" else 0
        each, more = divmod(abs(cents), n) if n > 0 else (0, 0)
        figure = own[value], shared.get(value, 0), cents, unit, max(n, 0), -each if cents < 0 else each, more
        if cents and (n > 0 or not unit): write([r["books"], year if one else f"..{year}", axis, value, part, *figure])
