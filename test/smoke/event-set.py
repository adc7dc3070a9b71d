"""Compares pairs of calendar files by the set of (UID, RECURRENCE-ID, DTSTART, SUMMARY), read by python icalendar.

Reads one JSON array [source, feed] a line, answers one JSON object a line: {"source", "equal", "missing", "added", "error"}.
Of the source it makes what an import promises, by its own means: bytes that are no UTF-8 are cp1252; of events with the same UID and
RECURRENCE-ID the highest SEQUENCE, then the latest LAST-MODIFIED stands; an event without DTSTART is none; a RECURRENCE-ID is typed as
its series' DTSTART; a missing UID may have become any.
"""

import json
import sys
from datetime import date, datetime, timezone

import icalendar


def components(path):
    with open(path, "rb") as file:
        content = file.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return [event for calendar in icalendar.Calendar.from_ical(text, multiple=True) for event in calendar.walk("VEVENT")]


def value_of(event, name):
    value = event.get(name)
    value = value[0] if isinstance(value, list) else value
    return getattr(value, "dt", value)


def uid_of(event):
    uid = event.get("UID")
    return "" if uid is None or str(uid).endswith("@calferry") else str(uid)


def shown(value):
    if getattr(value, "tzinfo", None) is not None:
        value = value.astimezone(timezone.utc)
    return str(value)


def typed_as(value, start):
    if value is None or start is None:
        return value
    if isinstance(value, datetime) and not isinstance(start, datetime) and isinstance(start, date):
        return value.date()
    if isinstance(value, datetime) and value.tzinfo is None and isinstance(start, datetime) and start.tzinfo is not None:
        return value.replace(tzinfo=start.tzinfo)
    return value


def events(path):
    masters, best, unnamed = {}, {}, []
    everything = [event for event in components(path) if value_of(event, "DTSTART") is not None]
    for event in everything:
        if event.get("RECURRENCE-ID") is None:
            masters[uid_of(event)] = value_of(event, "DTSTART")
    for event in everything:
        uid, start = uid_of(event), value_of(event, "DTSTART")
        recurrence = typed_as(value_of(event, "RECURRENCE-ID"), masters.get(uid, start))
        row = (uid, shown(recurrence), shown(start), str(event.get("SUMMARY", "")))
        if uid == "":
            unnamed.append(row)
            continue
        rank = (int(event.get("SEQUENCE", 0)), shown(value_of(event, "LAST-MODIFIED") or ""))
        best.setdefault(row[:2], []).append((rank, row))
    rows = set(unnamed)
    for ranked in best.values():
        top = max(rank for rank, _ in ranked)
        rows.add(tuple(row for rank, row in ranked if rank == top))
    return rows


def flat(rows):
    return {row if isinstance(row[0], str) else row[0] for row in rows}


def compare(source, feed):
    wanted, got = events(source), flat(events(feed))
    missing = []
    for row in wanted:
        choices = {row} if isinstance(row[0], str) else set(row)
        if not choices & got:
            missing.append(str(row))
    known = {choice for row in wanted for choice in ([row] if isinstance(row[0], str) else row)}
    return sorted(missing), sorted(map(str, got - known))


for line in sys.stdin:
    source, feed = json.loads(line)
    answer = {"source": source, "equal": False, "missing": [], "added": [], "error": None}
    try:
        missing, added = compare(source, feed)
        answer.update(equal=not missing and not added, missing=missing[:3], added=added[:3])
    except Exception as error:
        answer["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(answer), flush=True)
