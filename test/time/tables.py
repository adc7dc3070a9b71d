"""Turns and business days of two years in four zones, computed with dateutil and zoneinfo alone; prints JSON."""
import json
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta
from dateutil.rrule import DAILY, FR, HOURLY, MO, MONTHLY, SU, TU, TH, WE, WEEKLY, YEARLY, rrule

ZONES = ["Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)
# Rules over walls: some days more, so that each zone's own two years lie within.
FROM, UNTIL = datetime(2024, 12, 30), datetime(2027, 1, 3)


def walls(freq, **by):
    return list(rrule(freq, dtstart=FROM, until=UNTIL, bysecond=0, **by))


CRONS = {
    "0 9 * * *": walls(DAILY, byhour=9, byminute=0),
    "30 1 * * *": walls(DAILY, byhour=1, byminute=30),
    "45 1 * * *": walls(DAILY, byhour=1, byminute=45),
    "15 2 * * *": walls(DAILY, byhour=2, byminute=15),
    "30 2 * * *": walls(DAILY, byhour=2, byminute=30),
    "0 */2 * * *": walls(HOURLY, byhour=range(0, 24, 2), byminute=0),
    "*/20 1-3 * * 0": walls(WEEKLY, byweekday=SU, byhour=(1, 2, 3), byminute=(0, 20, 40)),
    "0 9 * * 1-5": walls(WEEKLY, byweekday=(MO, TU, WE, TH, FR), byhour=9, byminute=0),
    "0 18 * * 5": walls(WEEKLY, byweekday=FR, byhour=18, byminute=0),
    "30 6 1,15 * *": walls(MONTHLY, bymonthday=(1, 15), byhour=6, byminute=30),
    "0 9 L * *": walls(MONTHLY, bymonthday=-1, byhour=9, byminute=0),
    "0 0 29 2 *": walls(YEARLY, bymonth=2, bymonthday=29, byhour=0, byminute=0),
    "0 9 * * MON#1": walls(MONTHLY, byweekday=MO(1), byhour=9, byminute=0),
}

# Python's weekdays: Monday is 0.
WEEKS = {"SA,SU": {5, 6}, "FR,SA": {4, 5}}
POLICIES = [("0 9 * * *", "SA,SU"), ("30 2 * * *", "FR,SA"), ("0 18 * * 5", "SA,SU"), ("0 9 L * *", "SA,SU")]


def holidays():
    found = set()
    for year in range(2023, 2030):
        found |= {date(year, 1, 1), date(year, 5, 1), date(year, 12, 25), date(year, 12, 26)}
        found |= {easter(year) - timedelta(days=2), easter(year) + timedelta(days=1)}
        # The fourth Thursday of November and the day after it.
        thanks = date(year, 11, 1) + relativedelta(weekday=TH(4))
        found |= {thanks, thanks + timedelta(days=1)}
        # A week that begins with the last Monday of September.
        autumn = date(year, 9, 30) + relativedelta(weekday=MO(-1))
        found |= {autumn + timedelta(days=days) for days in range(5)}
    return found


HOLIDAYS = holidays()


def is_business(day, weekend):
    return day.weekday() not in weekend and day not in HOLIDAYS


def nearest(day, step, weekend):
    found = day + timedelta(days=step)
    while not is_business(found, weekend):
        found += timedelta(days=step)
    return found


def last_of_month(day, weekend):
    found = day + relativedelta(day=31)
    while not is_business(found, weekend):
        found -= timedelta(days=1)
    return found if found.month == day.month else None


def instant(wall, zone):
    """The first of two, and before a gap the offset of before it: what fold=0 says."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)


def is_shown(wall, zone):
    return instant(wall, zone).astimezone(zone).replace(tzinfo=None) == wall


def minute(at):
    return int(at.timestamp()) // 60


def turns(cron, zone):
    # As EventBridge Scheduler documents it: a time that is not shown is skipped, one that is shown twice is due once.
    return [wall for wall in CRONS[cron] if is_shown(wall, zone)]


def in_years(minutes):
    first = minute(datetime(FIRST.year, 1, 1, tzinfo=timezone.utc))
    end = minute(datetime(LAST.year + 1, 1, 1, tzinfo=timezone.utc))
    return sorted({one for one in minutes if first <= one < end})


def written(minutes):
    """The first minute since the epoch, then the steps: `1440x9` is nine of a day."""
    if not minutes:
        return ""
    steps = [after - before for before, after in zip(minutes, minutes[1:])]
    parts, at = [str(minutes[0])], 0
    while at < len(steps):
        end = at
        while end < len(steps) and steps[end] == steps[at]:
            end += 1
        parts.append(f"{steps[at]}x{end - at}" if end - at > 1 else str(steps[at]))
        at = end
    return " ".join(parts)


def moved(wall, weekend):
    if is_business(wall.date(), weekend):
        return wall
    return datetime.combine(nearest(wall.date(), 1, weekend), wall.time())


def table():
    crons, policies, months = {}, {}, {}
    for name in ZONES:
        zone = ZoneInfo(name)
        for cron in CRONS:
            crons[f"{name} {cron}"] = written(in_years(minute(instant(wall, zone)) for wall in turns(cron, zone)))
        for cron, week in POLICIES:
            weekend = WEEKS[week]
            stand = [wall for wall in turns(cron, zone) if is_business(wall.date(), weekend)]
            policies[f"{name} {cron} {week} skip"] = written(in_years(minute(instant(wall, zone)) for wall in stand))
            shifted = [moved(wall, weekend) for wall in turns(cron, zone)]
            policies[f"{name} {cron} {week} next"] = written(in_years(minute(instant(wall, zone)) for wall in shifted))
        for week, weekend in WEEKS.items():
            ends = [last_of_month(date(year, month, 1), weekend) for year in (2025, 2026) for month in range(1, 13)]
            nines = [minute(instant(datetime(day.year, day.month, day.day, 9), zone)) for day in ends]
            months[f"{name} {week}"] = written(sorted(nines))
    days = {}
    for week, weekend in WEEKS.items():
        rows, day = [], FIRST
        while day <= LAST:
            after, before = nearest(day, 1, weekend) - day, day - nearest(day, -1, weekend)
            rows.append(f"{1 if is_business(day, weekend) else 0}{after.days:x}{before.days:x}")
            day += timedelta(days=1)
        days[week] = " ".join(rows)
    return {"crons": crons, "policies": policies, "lastOfMonth": months, "days": days}


print(json.dumps(table(), indent=0))
