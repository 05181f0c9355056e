"""Counts every worked date in rules/clocks*.toml again, with Python's own dates
and nothing of the program: an oracle for tests/it/clocks/oracle.rs.

Usage: worked_dates.py RULES_DIR. Prints one line a test, `ok` or `WRONG`, and
ends with status 1 when any is wrong. Holidays are written out here by the words
of 5 USC 6103(a).
"""

import datetime as dt
import pathlib
import sys
import tomllib

DAY = dt.timedelta(days=1)
MON_TO_FRI = range(5)


def nth(year, month, weekday, n):
    """The nth weekday (Monday is 0) of a month; -1 is the last."""
    if n > 0:
        first = dt.date(year, month, 1)
        return first + DAY * ((weekday - first.weekday()) % 7 + 7 * (n - 1))
    last = dt.date(year + month // 12, month % 12 + 1, 1) - DAY
    return last - DAY * ((last.weekday() - weekday) % 7)


def legal(year):
    """The dates of 5 USC 6103(a)."""
    days = {
        dt.date(year, 1, 1), nth(year, 1, 0, 3), nth(year, 2, 0, 3), nth(year, 5, 0, -1),
        dt.date(year, 7, 4), nth(year, 9, 0, 1), nth(year, 10, 0, 2), dt.date(year, 11, 11),
        nth(year, 11, 3, 4), dt.date(year, 12, 25),
    }
    return days | ({dt.date(year, 6, 19)} if year >= 2021 else set())


def is_legal(day):
    return day in legal(day.year)


def is_observed(day):
    saturday, sunday = day + DAY, day - DAY
    return (day.weekday() == 4 and is_legal(saturday)) or (day.weekday() == 0 and is_legal(sunday))


def counts(unit, day, calendar):
    if unit == "CD":
        return True
    if unit == "BD_SPECIFIC":
        return day.weekday() != 6 and not is_legal(day)
    if unit == "BD_OPEN":
        names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        is_public = names[day.weekday()] in calendar["open_to_public"]
        return is_public and not is_legal(day) and not is_observed(day)
    if unit == "BD_OBSERVED" and is_observed(day):
        return False
    return day.weekday() in MON_TO_FRI and not is_legal(day)


def count(unit, start, days, calendar):
    """Day 0 is `start`; a negative count goes back."""
    step = DAY if days > 0 else -DAY
    day, left = start, abs(days)
    while left:
        day += step
        left -= counts(unit, day, calendar)
    return day


def due(row, received, sale, calendar):
    origin = sale if row.get("counted_from") in ("sale", "named") else received
    if "after" in row:
        origin = count(row["after"]["unit"], origin, row["after"]["days"], calendar)
    day = count(row["unit"], origin, row["target"], calendar)
    if "days_before_sale" in row and sale and sale >= received:
        day = min(day, sale - DAY * row["days_before_sale"])
    return max(day, received)


def staffed(day, received, calendar):
    """The last day on or before `day` on which somebody works."""
    found = day
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    while names[found.weekday()] not in calendar["hours"] or is_legal(found) or is_observed(found):
        found -= DAY
    return min(max(found, received), day)


def main(rules):
    calendars = tomllib.loads((rules / "calendars.toml").read_text())["calendar"]
    calendar = calendars[0]
    rows, tests = {}, []
    for path in sorted(rules.glob("clocks*.toml")):
        data = tomllib.loads(path.read_text())
        rows.update({row["id"]: row for row in data.get("clock", [])})
        tests.extend(data.get("test", []))
    wrong = 0
    for test in tests:
        received = dt.date.fromisoformat(test["received"][:10])
        sale = test.get("sale_date")
        sale = dt.date.fromisoformat(sale) if sale else None
        found = due(rows[test["clock"]], received, sale, calendar)
        is_right = str(found) == test["due"]
        if "staffed" in test:
            is_right &= str(staffed(found, received, calendar)) == test["staffed"]
        wrong += not is_right
        print("ok" if is_right else "WRONG", test["clock"], received, found, test["due"])
    return 1 if wrong else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
