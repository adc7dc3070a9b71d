"""Expands calendars by libraries of others: python icalendar and recurring-ical-events.

Reads one JSON object a line: {"ics", "from", "to"} (UTC instants, both or neither); answers one a line: {"events", "occurrences", "error"}.
Occurrences start in [from, to) and are sorted by start. Floating times and dates are written as if UTC, and X-WR-TIMEZONE says nothing.
"""

import json
import sys
import warnings
from datetime import datetime, timedelta, timezone

import icalendar
import recurring_ical_events

# A warning is no answer.
warnings.simplefilter("ignore")
MARGIN = timedelta(days=2)
LAST = datetime(9999, 12, 29, tzinfo=timezone.utc)
# The library makes times of both where a day begins and a time ends an event.
IS_DAY = "X-STARTS-AS-DAY"


def utc(value):
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return value.astimezone(timezone.utc) if value.tzinfo is not None else value


def shown(value):
    return f"{value.year:04}" + utc(value).strftime("-%m-%dT%H:%M:%SZ")


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def edge(text, margin):
    """The window widened for zones, as far as Python has years."""
    try:
        return min(instant(text) + margin, LAST)
    except (OverflowError, ValueError):
        return LAST


def occurrence(event):
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else start
    return {
        "uid": str(event.get("UID", "")),
        "summary": str(event.get("SUMMARY", "")),
        "startUtc": shown(utc(start)),
        "endUtc": shown(utc(end)),
        "allDay": event.get(IS_DAY) == "TRUE",
    }


def expand(request):
    calendar = icalendar.Calendar.from_ical(request["ics"])
    calendar.pop("X-WR-TIMEZONE", None)
    events = len(calendar.walk("VEVENT"))
    if request.get("from") is None:
        return {"events": events, "occurrences": [], "error": None}
    for event in calendar.walk("VEVENT"):
        start = getattr(event.get("DTSTART"), "dt", None)
        event.add(IS_DAY, "FALSE" if isinstance(start, datetime) else "TRUE")
    query = recurring_ical_events.of(calendar)
    found = map(occurrence, query.between(edge(request["from"], -MARGIN), edge(request["to"], MARGIN)))
    window = [each for each in found if request["from"] <= each["startUtc"] < request["to"]]
    return {"events": events, "occurrences": sorted(window, key=lambda each: each["startUtc"]), "error": None}


for line in sys.stdin:
    try:
        answer = expand(json.loads(line))
    except Exception as error:
        answer = {"events": 0, "occurrences": [], "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
