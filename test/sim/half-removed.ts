/** A removal that died on its way, and its end. */
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import type { Drill } from "./drill.ts";

/** Its registration says that it is removed, and everything else of it is still there. */
export async function beginRemoval(drill: Drill, calendarId: string): Promise<void> {
  drill.weather.operators.removed.add(calendarId);
  await drill.planned(
    ({ name }, method) => (name === "remove (drill)" && method === "calendars.feedsOf" ? "crash-before" : undefined),
    async () => await remove(drill, calendarId),
  );
  const state = drill.simulation.world.calendars.metas.get(calendarId)?.state;
  drill.must(state === "removed", `${calendarId} is ${state} in the midst of its removal`);
}

export async function endRemoval(drill: Drill, calendarId: string): Promise<void> {
  await remove(drill, calendarId);
  drill.must(!drill.simulation.world.calendars.metas.has(calendarId), `${calendarId} was removed and is still there`);
}

async function remove(drill: Drill, calendarId: string): Promise<void> {
  const { newId } = drill.simulation.world;
  await drill.ask("remove", async (ports) => await removeCalendar(calendarId, ports, newId));
}
