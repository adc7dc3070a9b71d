/** What drills do to calendars again and again: let them grow and lose, and import them while somebody else is at work. */
import type { Drill, Pupil } from "./drill.ts";
import type { SourceEvent } from "../sync/sources.ts";
import type { Simulation } from "./simulation.ts";
import { heldEvents } from "./weather.ts";

const SECOND_MS = 1000;
/** Enough that losing them is a mass removal. */
const DOZEN = 12;

/** The source has a dozen events more than the calendar, and they are imported. */
export async function grow(drill: Drill, pupil: Pupil, what: string): Promise<void> {
  pupil.source.manner = { kind: "well" };
  pupil.source.events = [...heldEvents(drill.simulation, pupil.calendarId), ...dozen(drill, pupil, what)];
  await drill.sync(pupil);
  drill.must(pupil.content === pupil.wanted, `${pupil.calendarId} did not take a dozen events more`);
}

/** The calendar grows, and then its source drops most of what it had. @returns the hold's id */
export async function lose(drill: Drill, pupil: Pupil, what: string, left = 1): Promise<string> {
  await grow(drill, pupil, what);
  pupil.source.events = pupil.source.events.slice(0, left);
  await drill.sync(pupil);
  const { hold, status, calendarId } = pupil;
  drill.must(hold !== undefined && status === "held", `${calendarId} lost most of its events and is ${status}`);
  return hold?.holdId ?? "none";
}

/** A worker imports the calendar while somebody else is half way. */
export async function importMeanwhile(drill: Drill, pupil: Pupil): Promise<void> {
  const { simulation, weather } = drill;
  const { calendarId } = pupil;
  const [before, others] = [pupil.checkpoint.outcome?.at, workersOf(simulation, calendarId)];
  simulation.skip(SECOND_MS);
  weather.operators.syncNow(calendarId);
  await simulation.until(() => pupil.checkpoint.outcome?.at !== before && workersOf(simulation, calendarId) <= others);
}

/** A dozen events that were never seen before. */
function dozen({ simulation }: Drill, { calendarId }: Pupil, what: string): SourceEvent[] {
  return Array.from({ length: DOZEN }, (_, index) => ({
    uid: `${what}${index}-${calendarId}-${simulation.nowMs}@example.org`,
    title: `${what} ${index}`,
  }));
}

function workersOf({ processes }: Simulation, calendarId: string): number {
  return [...processes].filter(({ task }) => task?.kind === "import" && task.calendarId === calendarId).length;
}
