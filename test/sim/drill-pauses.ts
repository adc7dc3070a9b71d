/** A calendar is paused and goes on, whoever asks, wherever it is broken off, and whatever else happens at the same moment. */
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import type { Drill } from "./drill.ts";

export async function drillPauses(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { calendarId } = pupil;
  await breakOffEverywhere(drill, {
    name: "pause",
    before: async () => await drill.ask("resume first", async (ports) => await resumeCalendar(calendarId, "calendar", ports)),
    work: async (ports) => await pauseCalendar(calendarId, "calendar", ports),
    after: (where) => {
      const { state, pausedBy } = pupil.calendar;
      drill.must(
        state === "paused" && pausedBy === "calendar" && pupil.checkpoint.wheel === undefined,
        `${calendarId} is ${state} by ${pausedBy}, at ${pupil.checkpoint.wheel}: ${where}`,
      );
    },
  });
  await breakOffEverywhere(drill, {
    name: "resume",
    before: async () => await drill.ask("pause first", async (ports) => await pauseCalendar(calendarId, "calendar", ports)),
    work: async (ports) => await resumeCalendar(calendarId, "calendar", ports),
    after: (where) => {
      const { state, pausedBy } = pupil.calendar;
      drill.must(
        state === "active" && pausedBy === undefined && pupil.checkpoint.wheel !== undefined,
        `${calendarId} is ${state} by ${pausedBy}, at ${pupil.checkpoint.wheel}: ${where}`,
      );
    },
  });
}
