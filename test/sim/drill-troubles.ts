/** Sources fail, vanish, say later; a calendar is paused among them; and each ends well when its source does. */
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import { DeadMail } from "./dead-mail.ts";
import type { Drill, Pupil } from "./drill.ts";

/** Five calendars, each with a trouble of its own, through a few turns. */
export async function drillTroubles(drill: Drill): Promise<void> {
  const pupils = drill.pupilsApart();
  const [broken, gone, paused, late] = pupils;
  broken.source.manner = { kind: "failing", code: "source-not-found" };
  gone.source.manner = { kind: "failing", code: "source-gone" };
  late.source.manner = { kind: "throttled", seconds: 1200 };
  const asked = paused.source.served.length;
  await drill.ask("pause", async (ports) => await pauseCalendar(paused.calendarId, "host", ports));
  await drill.course.turns();
  drill.must(paused.source.served.length === asked, `${paused.calendarId} is paused and was asked`);
  const { failures } = broken.checkpoint;
  drill.must(failures >= 1 && failures <= 3, `${broken.calendarId} failed ${failures} turns, wanted its back-off after them`);
  drill.must(broken.calendar.state === "active", `${broken.calendarId} is ${broken.calendar.state} because it fails`);
  drill.must(
    gone.calendar.state === "suspended" && gone.checkpoint.wheel === undefined,
    `${gone.calendarId} is ${gone.calendar.state}`,
  );
  drill.must(late.status === "deferred", `${late.calendarId} is ${late.status}`);
  await drill.ask("resume", async (ports) => await resumeCalendar(paused.calendarId, "host", ports));
  await drill.ask("resume what is gone", async (ports) => await resumeCalendar(gone.calendarId, "host", ports));
  drill.must(gone.calendar.state === "suspended", `${gone.calendarId} was resumed with its host`);
  await drillReplay(drill, broken);
  for (const { source } of pupils) source.manner = { kind: "well" };
  drill.hours(2);
  await drill.sync(gone);
  drill.must(
    gone.calendar.state === "active" && gone.checkpoint.wheel !== undefined,
    `${gone.calendarId} answers again and is ${gone.calendar.state}`,
  );
  await drill.course.turns();
  for (const { calendarId, status } of pupils)
    drill.must(status === "unchanged" || status === "imported", `${calendarId} is still ${status}`);
}

/** A replay is one more try, and its letter says what came of it. */
async function drillReplay(drill: Drill, { calendarId, source }: Pupil): Promise<void> {
  const mail = new DeadMail(drill);
  const letterId = `import-${calendarId}`;
  const replay = async (): Promise<void> =>
    await drill.ask("replay", async (ports) => await replayLetter(letterId, ports, drill.context()));
  const { state, count = 0 } = mail.letter(letterId) ?? {};
  drill.must(state === "open", `letter ${letterId} is ${state} while its source fails`);
  drill.must(drill.simulation.world.letters.told.has(letterId), `nobody was told of letter ${letterId}`);
  await replay();
  drill.must(mail.standing(letterId) === `open after ${count + 1}`, `a replay failed, its letter is ${mail.standing(letterId)}`);
  source.manner = { kind: "well" };
  await replay();
  const seen = mail.letter(letterId)?.state;
  drill.must(seen === "resolved", `letter ${letterId} is ${seen} after a replay that did its work`);
}
