/** Feeds of many events, as a source writes them, and the ways in which it writes the same again. */
const DAY_MS = 86_400_000;

export type SampleEvent = { readonly lines: readonly string[] };

/** Events of 2027 with a zone, recurrences and alarms among them. */
export function sampleEvents(count: number): readonly SampleEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(Date.UTC(2027, 0, 1) + index * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "");
    const rule = index % 10 === 0 ? ["RRULE:FREQ=WEEKLY;COUNT=10", `EXDATE;TZID=Asia/Seoul:${day}T090000`] : [];
    const alarm = index % 7 === 0 ? ["BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT10M", "END:VALARM"] : [];
    return {
      lines: [
        `UID:event-${index}@source.test`,
        "DTSTAMP:20260101T000000Z",
        `DTSTART;TZID=Asia/Seoul:${day}T090000`,
        `DTEND;TZID=Asia/Seoul:${day}T100000`,
        ...rule,
        `SUMMARY:Meeting ${index} 주간 회의`,
        `DESCRIPTION:${"A long text that is folded somewhere. ".repeat(3)}${index}`,
        "LOCATION:Room 1",
        ...alarm,
      ],
    };
  });
}

export function write(events: readonly SampleEvent[], fold: (line: string) => string = foldAt(75)): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//source//EN",
    ...events.flatMap((event) => ["BEGIN:VEVENT", ...event.lines, "END:VEVENT"]),
    "END:VCALENDAR",
    "",
  ];
  return lines.map(fold).join("\r\n");
}

export function foldAt(length: number): (line: string) => string {
  return (line) => line.match(new RegExp(`.{1,${length}}`, "gu"))?.join("\r\n ") ?? "";
}

/** Each event with these lines; properties that the map gives undefined for are left out. */
export function mapLines(
  events: readonly SampleEvent[],
  map: (line: string, event: number) => string | undefined,
): readonly SampleEvent[] {
  return events.map((event, index) => ({ lines: event.lines.flatMap((line) => map(line, index) ?? []) }));
}

/** Components in another order, and the properties of each; what belongs to an alarm stays together. */
export function reorder(events: readonly SampleEvent[], step: number): readonly SampleEvent[] {
  const turned = [...events.slice(step * 7), ...events.slice(0, step * 7)].toReversed();
  return turned.map(({ lines }) => {
    const alarm = lines.indexOf("BEGIN:VALARM");
    const own = alarm < 0 ? lines : lines.slice(0, alarm);
    const rest = alarm < 0 ? [] : lines.slice(alarm);
    return { lines: [...rest, ...own.slice(step % own.length), ...own.slice(0, step % own.length)] };
  });
}
