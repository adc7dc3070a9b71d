"""Compares pairs of calendar files by the set of (UID, RECURRENCE-ID, DTSTART, SUMMARY), read by python icalendar.

Reads one JSON array [source, feed] a line, answers one JSON object a line: {"source", "equal", "missing", "added", "error"}.
"""

import json
import sys
from datetime import timezone

import icalendar


def moment(component, name):
    value = component.get(name)
    if value is None:
        return None
    value = getattr(value, "dt", value)
    if getattr(value, "tzinfo", None) is not None:
        value = value.astimezone(timezone.utc)
    return str(value)


def events(path):
    with open(path, "rb") as file:
        calendars = icalendar.Calendar.from_ical(file.read(), multiple=True)
    found = set()
    for calendar in calendars:
        for event in calendar.walk("VEVENT"):
            uid = event.get("UID")
            found.add(
                (
                    None if uid is None else str(uid),
                    moment(event, "RECURRENCE-ID"),
                    moment(event, "DTSTART"),
                    str(event.get("SUMMARY", "")),
                )
            )
    return found


for line in sys.stdin:
    source, feed = json.loads(line)
    answer = {"source": source, "equal": False, "missing": [], "added": [], "error": None}
    try:
        want, got = events(source), events(feed)
        answer["equal"] = want == got
        answer["missing"] = sorted(map(str, want - got))[:5]
        answer["added"] = sorted(map(str, got - want))[:5]
    except Exception as error:
        answer["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(answer), flush=True)
