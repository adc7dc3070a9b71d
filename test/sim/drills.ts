/** Worlds without a storm: one part of the system after the other is tried alone, looked at, and broken off on purpose. */
import { drillCreation } from "./drill-creation.ts";
import { drillHolds } from "./drill-holds.ts";
import { drillMending } from "./drill-mending.ts";
import { drillPauses } from "./drill-pauses.ts";
import { drillQueues, drillStale, drillTroubles } from "./drill-troubles.ts";
import type { Drill } from "./drill.ts";

/** Of so many worlds the first ones are drills, one each. */
export const DRILL_EVERY = 100;

export const DRILLS: readonly ((drill: Drill) => Promise<void>)[] = [
  async (drill) => {
    const [one, other] = drill.pupilsApart();
    await drillHolds(drill, one, other);
  },
  async (drill) => {
    const [broken, gone, paused, late] = drill.pupilsApart();
    await drillTroubles(drill, [broken, gone, paused, late]);
  },
  async (drill) => await drillQueues(drill, drill.pupilsApart()[0]),
  async (drill) => {
    const [stale, paused] = drill.pupilsApart();
    await drillStale(drill, stale);
    await drillPauses(drill, paused);
  },
  drillCreation,
  async (drill) => await drillMending(drill, drill.pupilsApart()[0]),
];
