/** The VTIMEZONEs of a feed: readable ones are kept as the source wrote them, others are reported. */
import type { Skipped, SnapshotTimezone } from "../contract/snapshot.ts";
import { readBlockComponent } from "../ics/block-component.ts";
import type { Blocks } from "../ics/blocks.ts";
import { writeComponent } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { feedZone } from "../ics/feed-zone.ts";
import { makeZones, zoneName } from "../ics/zones.ts";
import type { Zones } from "../ics/zones.ts";

export type ZonesRead = {
  readonly zones: Zones;
  /** By TZID; of several definitions of one name the first stands. */
  readonly timezones: readonly SnapshotTimezone[];
  readonly skipped: readonly Skipped[];
};

export function readZoneBlocks(blocks: Blocks): ZonesRead {
  const components = new Map<string, Component>();
  const skipped: Skipped[] = blocks.broken
    .filter(({ block }) => block.name === "VTIMEZONE")
    .map(({ block, fault: { code, reason } }) => ({ line: block.line, code, reason }));
  for (const block of blocks.timezones) {
    const { component } = readBlockComponent(block);
    const tzid = zoneName(component) ?? "";
    if (tzid === "" || feedZone(tzid, component) === undefined) {
      const reason = `the VTIMEZONE ${tzid === "" ? "without TZID" : JSON.stringify(tzid.slice(0, 60))} has no readable STANDARD or DAYLIGHT with TZOFFSETTO; its name is looked up instead`;
      skipped.push({ line: block.line, code: "timezone-invalid", reason });
    } else if (!components.has(tzid)) {
      components.set(tzid, component);
    }
  }
  const sorted = [...components].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    zones: makeZones(sorted.map(([, component]) => component)),
    timezones: sorted.map(([tzid, component]) => ({ tzid, text: writeComponent(component) })),
    skipped,
  };
}
