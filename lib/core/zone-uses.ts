/** Which zones the events of a feed use, and under which names they go out. */
import type { Component } from "../ics/component.ts";
import type { ContentLine } from "../ics/content-line.ts";
import { readMoment, tzidOf } from "../ics/moment.ts";
import { earliestOf, yearOf } from "../ics/wall.ts";
import { maskedTzid } from "./member-zones.ts";
import type { ZoneUse } from "./merge.ts";
import type { Entry, ShownMember } from "./show-member.ts";

/** Before it offsets are local mean time, which no event of a feed is kept in. */
const EARLIEST_YEAR = 1900;

/** Every TZID of the member's events under the name that may be seen, once each. */
export function zoneUses({ calendarId, zones, entries }: ShownMember): ZoneUse[] {
  const uses = new Map<string, ZoneUse>();
  for (const entry of entries) {
    for (const { tzid, year } of zonedLines(entry.event)) {
      const name = publicTzid(entry, tzid);
      const firstYear = Math.max(EARLIEST_YEAR, year);
      if (firstYear >= (uses.get(name)?.firstYear ?? Infinity)) continue;
      const zone = zones.zoneOf(tzid);
      const source = zones.sourceOf(tzid);
      const shown = entry.isMasked && source !== undefined ? withoutNames(source) : source;
      if (zone !== undefined) uses.set(name, { calendarId, tzid: name, zone, source: shown, firstYear });
    }
  }
  return [...uses.values()];
}

/** The TZID that an event shows: its own, or a hash where the event is masked and a person may have written it. */
export function publicTzid({ isMasked }: Entry, tzid: string): string {
  return isMasked ? maskedTzid(tzid) : tzid;
}

function zonedLines(component: Component): { tzid: string; year: number }[] {
  const lines = component.properties.flatMap((line) => {
    const tzid = tzidOf(line);
    return tzid === undefined ? [] : [{ tzid, year: firstYearOf(line) }];
  });
  return [...lines, ...component.components.flatMap(zonedLines)];
}

function firstYearOf(line: ContentLine): number {
  const moments = line.value.split(",").map((value) => readMoment(line, value.split("/")[0] ?? ""));
  const earliestMs = earliestOf(moments.map((moment) => moment?.wallMs ?? Infinity));
  return earliestMs === Infinity ? 9999 : yearOf(earliestMs);
}

/** TZNAME is whatever its writer liked. */
function withoutNames(zone: Component): Component {
  const components = zone.components.map((part) => ({
    ...part,
    properties: part.properties.filter(({ name }) => name !== "TZNAME"),
  }));
  return { ...zone, components };
}

/** The component with every TZID parameter renamed. */
export function withTzids(component: Component, rename: (tzid: string) => string): Component {
  const properties = component.properties.map((line) => {
    const tzid = tzidOf(line);
    if (tzid === undefined) return line;
    const parameters = line.parameters.map((parameter) =>
      parameter.name === "TZID" ? { ...parameter, values: [rename(tzid)] } : parameter,
    );
    return { ...line, parameters };
  });
  return { ...component, properties, components: component.components.map((part) => withTzids(part, rename)) };
}
