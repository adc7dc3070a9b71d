/** One look at the whole table after a slip that was made by hand: what it finds, what it writes, and that the next one finds nothing. */
import { isDeepStrictEqual } from "node:util";

import { mendSegments } from "../../lib/sync/mend-segments.ts";
import type { MendReport } from "../../lib/sync/mend-segments.ts";
import type { Ports } from "./desk.ts";
import { PARTS } from "./desk.ts";
import type { Drill } from "./drill.ts";

/** Reads of a look that finds nothing: each part of the table, and of each feed its members and their pointers. */
const GLANCES: ReadonlySet<string> = new Set(["records.scanSegment", "records.pointingTo", "feeds.calendars"]);
/** Reads of what may have changed since the look. */
const READS = new Set([
  ...GLANCES,
  "records.isRegistered",
  "calendars.load",
  "calendars.feedsOf",
  "feeds.load",
  "letters.get",
  "ownersReservations.load",
  "alerts.group",
  "alerts.groups",
]);
const MINUTES = Array.from({ length: PARTS }, (_, minute) => minute);
const LOOK_MS = 50_000;

export type Look = { readonly report: MendReport; readonly calls: readonly string[]; readonly writes: readonly string[] };

/** When a look takes place: at one instant from its beginning to its end, unless its time runs out. */
export type LookTime = { readonly now: () => Date; readonly deadline: Date };

/** Looks at these parts of the table, all of them where absent; everything that follows from it is done. */
export async function look(
  drill: Drill,
  time = timeAt(drill.simulation.nowMs),
  minutes: readonly number[] = MINUTES,
): Promise<Look> {
  let report: MendReport = {};
  const { done } = drill.simulation.spawn("sweep (drill)", async (ports) => {
    report = await mendSegments(minutes, ports, time);
  });
  await drill.course.drain();
  return { report, calls: done, writes: done.filter((method) => !READS.has(method)) };
}

function timeAt(nowMs: number): LookTime {
  return { now: () => new Date(nowMs), deadline: new Date(nowMs + LOOK_MS) };
}

/** The same, as a work that is broken off: at the part of the table that has what is meant. */
export function lookAt(drill: Drill, minutes: readonly number[]): (ports: Ports) => Promise<MendReport> {
  return async (ports) => await mendSegments(minutes, ports, timeAt(drill.simulation.nowMs));
}

/** The part of the table in which a record lies. */
export async function partOf(drill: Drill, name: "calendars" | "feeds" | "replaying", id: string): Promise<number[]> {
  const { sweep } = drill.simulation.desk;
  const parts = await Promise.all(MINUTES.map(async (minute) => ({ minute, segment: await sweep.scanSegment(minute, PARTS) })));
  return parts.flatMap(({ minute, segment }) => (JSON.stringify(segment[name]).includes(`"${id}"`) ? [minute] : []));
}

/** One slip: one of two records that belong together is gone, or a follow-up was never sent. */
export type Slip = {
  readonly name: string;
  /** Makes it, as it is seen by a look at this instant. */
  readonly make: (atMs: number) => Promise<void> | void;
  /** What the look says that it mended; nothing where what is there is sound. */
  readonly finds: MendReport;
  /** Every write of the look, in any order. */
  readonly writes: readonly string[];
  /** `again`: what looks wrong is read once more, and is left. @default a glance is enough where nothing is found */
  readonly reads?: "again";
  readonly after?: (made: Look) => Promise<void> | void;
};

/** Makes one slip after the other; each is mended by one look, and the next one leaves everything as it is. */
export async function mendEach(drill: Drill, slips: readonly Slip[]): Promise<void> {
  for (const slip of slips) {
    const { nowMs } = drill.simulation;
    await slip.make(nowMs);
    const seen = await look(drill, timeAt(nowMs));
    check(drill, slip, seen);
    await slip.after?.(seen);
    const again = await look(drill);
    const isStill = Object.keys(again.report).length === 0 && again.writes.length === 0;
    drill.must(isStill, `${slip.name}: a second look mends ${JSON.stringify(again.report)}, writes ${again.writes.join(", ")}`);
  }
}

function check(drill: Drill, { name, finds, writes, reads }: Slip, seen: Look): void {
  const isSaid = isDeepStrictEqual(seen.report, finds);
  drill.must(isSaid, `${name}: a look mends ${JSON.stringify(seen.report)}, wanted ${JSON.stringify(finds)}`);
  const isJust = isDeepStrictEqual(seen.writes.toSorted(), writes.toSorted());
  drill.must(isJust, `${name}: a look writes ${seen.writes.join(", ")}, wanted ${writes.join(", ") || "nothing"}`);
  if (Object.keys(finds).length === 0 && reads !== "again") mustBeGlance(drill, seen, name);
}

/** A look that finds nothing costs no more than it has to. */
export function mustBeGlance(drill: Drill, { calls }: Look, name: string): void {
  const more = calls.filter((method) => !GLANCES.has(method));
  drill.must(more.length === 0, `${name}: a look that finds nothing calls ${more.join(", ")}`);
}
