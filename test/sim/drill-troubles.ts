/** Sources fail, vanish, say later; calendars are paused; letters are opened, replayed and closed; and all of it ends well. */
import { markLetter, markLetters } from "../../lib/sync/mark-letter.ts";
import { pauseAll, resumeAll, switchDeadLetters } from "../../lib/sync/pause-all.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { redriveLetters } from "../../lib/sync/redrive-letters.ts";
import { replayLetters } from "../../lib/sync/replay-letters.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import type { Drill, Pupil } from "./drill.ts";

const CLOSED = { isCancelled: () => false, passed: async (): Promise<void> => undefined };

/** Five calendars, each with a trouble of its own, through a few turns. */
export async function drillTroubles(drill: Drill): Promise<void> {
  const pupils = drill.pupilsApart();
  const [broken, gone, paused, late] = pupils;
  broken.source.manner = { kind: "failing", code: "source-not-found" };
  gone.source.manner = { kind: "failing", code: "source-gone" };
  late.source.manner = { kind: "throttled", seconds: 1200 };
  const asked = paused.source.served.length;
  await drill.ask("pause", async (ports) => await pauseCalendar(paused.calendarId, "host", ports));
  drill.must(
    paused.calendar.state === "paused" && paused.checkpoint.wheel === undefined,
    `${paused.calendarId} was paused and is not`,
  );
  drill.must(paused.calendar.pausedBy === "host", `${paused.calendarId} forgot who paused it`);
  await drill.course.turns();
  drill.must(paused.source.served.length === asked, `${paused.calendarId} is paused and was asked`);
  const { failures } = broken.checkpoint;
  drill.must(failures >= 1 && failures <= 3, `${broken.calendarId} failed ${failures} turns, wanted its back-off after them`);
  drill.must(broken.calendar.state === "active", `${broken.calendarId} is ${broken.calendar.state} because it fails`);
  const letterId = `import-${broken.calendarId}`;
  drill.must(stateOf(drill, letterId) === "open", `letter ${letterId} is ${stateOf(drill, letterId)}`);
  drill.must(drill.simulation.world.letters.told.has(letterId), `nobody was told of letter ${letterId}`);
  drill.must(
    gone.calendar.state === "suspended" && gone.checkpoint.wheel === undefined,
    `${gone.calendarId} is ${gone.calendar.state}`,
  );
  drill.must(late.status === "deferred", `${late.calendarId} is ${late.status}`);
  await drill.ask("resume another's", async (ports) => await resumeCalendar(paused.calendarId, "owner", ports));
  drill.must(paused.calendar.state === "paused", `${paused.calendarId} was resumed by somebody else`);
  await drill.ask("resume", async (ports) => await resumeCalendar(paused.calendarId, "host", ports));
  drill.must(
    paused.calendar.state === "active" && paused.checkpoint.wheel !== undefined,
    `${paused.calendarId} was resumed and is not`,
  );
  await drill.ask("resume what is gone", async (ports) => await resumeCalendar(gone.calendarId, "host", ports));
  drill.must(gone.calendar.state === "suspended", `${gone.calendarId} was resumed with its host`);
  await drillReplay(drill, broken, letterId);
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

async function drillReplay(drill: Drill, broken: Pupil, letterId: string): Promise<void> {
  await drill.ask("acknowledge", async ({ letters }) => {
    const known = drill.simulation.desk.lettersIn(["open"]).filter((letter) => letter.letterId === letterId);
    const report = await markLetters(known, markAs(drill, "acknowledged"), letters, CLOSED);
    drill.must(report.marked.length === 1 && report.end === "done", `an open letter was not marked: ${JSON.stringify(report)}`);
    const again = await markLetter(letterId, markAs(drill, "acknowledged"), letters);
    drill.must(typeof again !== "string" && again.revision === (known[0]?.revision ?? 0) + 1, "a mark was made twice");
  });
  drill.must(stateOf(drill, letterId) === "acknowledged", `letter ${letterId} is not acknowledged`);
  await drill.ask("replay", async (ports) => await replayLetter(letterId, ports, drill.context()));
  drill.must(stateOf(drill, letterId) === "open", `letter ${letterId} is ${stateOf(drill, letterId)} after a replay that failed`);
  broken.source.manner = { kind: "well" };
  const letters = drill.simulation.desk.lettersIn(["open"]).filter((letter) => letter.letterId === letterId);
  await drill.ask("replay many", async (ports) => await replayLetters(letters, ports, { ...drill.context(), course: CLOSED }));
  drill.must(
    stateOf(drill, letterId) === "resolved",
    `letter ${letterId} is ${stateOf(drill, letterId)} after a replay that did its work`,
  );
  await drill.ask("replay closed", async (ports) => {
    const end = await replayLetter(letterId, ports, drill.context());
    drill.must(end.kind === "not-open", `a closed letter was replayed: ${end.kind}`);
  });
  await drill.ask("mark many", async ({ letters: book }) => {
    const known = drill.simulation.desk.lettersIn(["resolved"]).slice(0, 1);
    const report = await markLetters(known, markAs(drill, "acknowledged"), book, CLOSED);
    drill.must(report.marked.length === 0 && report.left.length === 1, `a closed letter was marked: ${JSON.stringify(report)}`);
    drill.must(
      (await markLetter("nobody", markAs(drill, "discarded"), book)) === "unknown",
      "a letter that is not there was marked",
    );
  });
  await drill.ask("discard closed", async ({ letters: book }) => await markLetter(letterId, markAs(drill, "discarded"), book));
  drill.must(stateOf(drill, letterId) === "resolved", `letter ${letterId} was discarded after it was resolved`);
}

/** A transient failure is tried five times; what nobody recorded is sent again from its queue; everything can stand still. */
export async function drillQueues(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { source, calendarId } = pupil;
  const { world, desk } = drill.simulation;
  const asked = source.served.length;
  source.manner = { kind: "failing", code: "source-timeout" };
  await drill.ask("leave dead letters", async ({ switches }) => await switchDeadLetters(switches, "off"));
  await drill.sync(pupil);
  drill.must(source.served.length === asked + 5, `a source that times out was asked ${source.served.length - asked} times`);
  drill.must(
    world.urgentDeadLetters.messages.size === 1,
    `${world.urgentDeadLetters.messages.size} dead letters lie there, wanted one`,
  );
  source.manner = { kind: "well" };
  const redrive = async (): Promise<void> =>
    await drill.ask("redrive", async (ports) => {
      const report = await redriveLetters(ports.lanes, ports, { ...drill.context(), course: CLOSED });
      drill.must(report.sent === 1 && report.waiting + report.gone === 0, `redrive says ${JSON.stringify(report)}`);
    });
  drill.hours(1);
  await redrive();
  drill.must(world.urgentDeadLetters.messages.size === 0 && pupil.checkpoint.failures === 0, `${calendarId} was not redriven`);
  await drill.ask("record dead letters", async ({ switches }) => await switchDeadLetters(switches, "on"));
  const by = { at: world.clock.now().toISOString(), who: "operator" };
  await drill.ask("pause all", async (ports) => await pauseAll(ports, by));
  const names = ["tick", "cron", "import", "urgent"];
  drill.must(!names.some((name) => desk.switches.isOn(name)), "something is on although all was paused");
  await drill.sync(pupil);
  drill.must(world.urgent.messages.size > 0, "an import ran although all was paused");
  await drill.ask("resume all", async (ports) => await resumeAll(ports));
  drill.must(
    names.every((name) => desk.switches.isOn(name)) && !desk.switches.isOn("broken"),
    "not everything was resumed as it was",
  );
  await drill.course.drain();
}

function stateOf(drill: Drill, letterId: string): string | undefined {
  return drill.simulation.world.letters.stored.get(letterId)?.state;
}

function markAs(drill: Drill, state: "acknowledged" | "discarded"): Parameters<typeof markLetter>[1] {
  return { state, who: "operator", why: "drill", now: drill.simulation.world.clock.now };
}
