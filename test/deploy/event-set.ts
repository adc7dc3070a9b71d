/** What a calendar says, read by a parser that is not ours: one line an event, sorted. */
import ICAL from "ical.js";

export function eventSet(text: string): readonly string[] {
  const calendar = ICAL.Component.fromString(text);
  return calendar
    .getAllSubcomponents("vevent")
    .map((event) =>
      [valueOf(event, "uid"), momentOf(event, "recurrence-id"), momentOf(event, "dtstart"), valueOf(event, "summary")].join(
        " | ",
      ),
    )
    .toSorted();
}

function valueOf(event: ICAL.Component, name: string): string {
  return String(event.getFirstPropertyValue(name) ?? "-");
}

/** Wall time with its zone and the instant that the calendar's own VTIMEZONE gives it. */
function momentOf(event: ICAL.Component, name: string): string {
  const property = event.getFirstProperty(name);
  const value = property?.getFirstValue();
  if (property === null || !(value instanceof ICAL.Time)) return "-";
  const zone = property.getFirstParameter("tzid") || "-";
  return `${value.toString()} ${zone} ${value.isDate ? "day" : value.toUnixTime()}`;
}
