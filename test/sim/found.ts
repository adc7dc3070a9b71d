/** Calendars and feeds as people find them: those that are being removed are nobody's. */
import type { Simulation } from "./simulation.ts";

type Named = { readonly calendarId?: string | undefined; readonly feedId?: string | undefined };

/** Undefined where nobody finds it. */
export function ownerOfFound({ world }: Simulation, { calendarId = "", feedId }: Named): string | undefined {
  const { calendars, feeds } = world;
  if (feedId === undefined) return calendars.isFound(calendarId) ? calendars.metas.get(calendarId)?.ownerId : undefined;
  const feed = feeds.metas.get(feedId);
  return feed?.state === "removed" ? undefined : feed?.ownerId;
}
