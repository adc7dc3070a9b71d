/** The zones of a push calendar after single events were put that brought definitions along. */
import type { SnapshotTimezone } from "../contract/snapshot.ts";
import { readBlockComponent } from "../ics/block-component.ts";
import { readBlocks } from "../ics/blocks.ts";
import type { Block } from "../ics/blocks.ts";
import { writeComponent } from "../ics/component.ts";
import { knownZone, zoneName } from "../ics/zones.ts";

export type EditedZones = {
  /** By which every event of the calendar is read from now on; of one name the first stands. */
  readonly blocks: readonly Block[];
  /** Names that mean something else than before, in lower case. */
  readonly moved: ReadonlySet<string>;
};

/**
 * A definition of a name that is new or that the calendar defines otherwise is taken over, the newest first. One of a name that every
 * host knows is not: that means the same without it, and taking it over would look like a change of every event in that zone.
 */
export function editZones(stored: readonly SnapshotTimezone[], brought: readonly Block[]): EditedZones {
  const known = new Map(stored.map(({ tzid, text }) => [tzid, text]));
  const taken = new Map<string, Block>();
  const moved = new Set<string>();
  for (const block of brought) {
    const { component } = readBlockComponent(block);
    const tzid = zoneName(component);
    if (tzid === undefined || knownZone(tzid) !== undefined || writeComponent(component) === known.get(tzid)) continue;
    taken.set(tzid, block);
    moved.add(tzid.toLowerCase());
  }
  return { blocks: [...taken.values(), ...storedBlocks(stored)], moved };
}

function storedBlocks(stored: readonly SnapshotTimezone[]): readonly Block[] {
  if (stored.length === 0) return [];
  const blocks = readBlocks(["BEGIN:VCALENDAR", ...stored.map(({ text }) => text), "END:VCALENDAR"].join("\n"));
  return typeof blocks === "string" ? [] : blocks.timezones;
}

/** Whether an event's text names one of the zones. */
export function usesZone(text: string, zones: ReadonlySet<string>): boolean {
  if (zones.size === 0 || !text.includes("TZID=")) return false;
  const lower = text.toLowerCase();
  return [...zones].some((tzid) => lower.includes(tzid));
}
