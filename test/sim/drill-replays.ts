/** Letters are replayed, one or many: each as its state and its calendar's allow, at its host's pace, marked before it is sent, and never twice. */
import type { LetterState } from "../../lib/contract/letter.ts";
import type { Task } from "../../lib/contract/task.ts";
import { letterIdOf } from "../../lib/core/letters.ts";
import { markLetter } from "../../lib/sync/mark-letter.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import type { ReplayEnd } from "../../lib/sync/replay-letter.ts";
import { replayLetters } from "../../lib/sync/replay-letters.ts";
import type { ReplaysReport } from "../../lib/sync/replay-letters.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { callsOf, played } from "./calls.ts";
import type { Played } from "./calls.ts";
import { DeadMail } from "./dead-mail.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";
import { beginRemoval, endRemoval } from "./half-removed.ts";

const LOOK = "letters.get";
const SENDS = /^(?:urgent|exports|downloads)\./u;
const HOUR_MS = 3_600_000;
/** Starts further away than this no queue can wait for. */
const FURTHEST_MS = 900_000;
const OPEN_COURSE = { isCancelled: () => false, passed: async (): Promise<void> => undefined };

export async function drillReplays(drill: Drill): Promise<void> {
  const mail = new DeadMail(drill);
  await drillKinds(drill, mail);
  await drillStates(drill, mail);
  await drillCalendars(drill, mail);
  await drillPace(drill, mail);
  await mail.discardAll();
}

export async function drillReplayRaces(drill: Drill): Promise<void> {
  const mail = new DeadMail(drill);
  await drillTwice(drill, mail);
  await drillBreaks(drill, mail);
  await drillMany(drill, mail);
  await mail.discardAll();
}

/** Each kind of task goes to its own queue, and nobody else is asked for anything. */
async function drillKinds(drill: Drill, mail: DeadMail): Promise<void> {
  const [{ calendarId }] = drill.pupilsApart();
  const [pushed = ""] = drill.weather.pushCalendars;
  const rows: readonly (readonly [task: Task, calls: string])[] = [
    [mail.asked(calendarId), "calendars.load hosts.host hosts.reserve letters.put urgent.sendImports"],
    [mail.asked(pushed, { reason: "mend" }), "calendars.load letters.put urgent.sendImports"],
    [mail.build("nobody's"), "letters.put exports.sendExports"],
    [mail.download(), "letters.put downloads.sendDownloads"],
  ];
  for (const [task, wanted] of rows) {
    const letterId = await opened(mail, task);
    const { result, calls } = await replay(drill, letterId);
    drill.must(result?.kind === "sent", `a letter of ${task.kind} was replayed: ${result?.kind}`);
    drill.must(calls.join(" ") === `${LOOK} ${wanted}`, `a replay of ${task.kind} was ${calls.join(" ")}, wanted ${wanted}`);
    const state = mail.letter(letterId)?.state;
    drill.must(state === "resolved", `a letter of ${task.kind} is ${state} after its replay`);
  }
}

/** What is closed, on its way or nobody's to read stays as it is. */
async function drillStates(drill: Drill, mail: DeadMail): Promise<void> {
  const [{ calendarId }] = drill.pupilsApart();
  const unread = mail.delivery("no task");
  await mail.taken(unread);
  const rows: readonly (readonly [letterId: string, kind: ReplayEnd["kind"]])[] = [
    ["nobody's", "not-open"],
    [letterIdOf(undefined, unread.messageId), "unreadable"],
    [await marked(drill, mail, "discarded"), "not-open"],
    [await resolved(drill, mail), "not-open"],
    [await marked(drill, mail, "acknowledged"), "sent"],
  ];
  for (const [letterId, wanted] of rows) {
    const from = mail.letter(letterId)?.state;
    const { result, calls } = await replay(drill, letterId);
    drill.must(result?.kind === wanted, `what was ${from} was replayed: ${result?.kind}, wanted ${wanted}`);
    drill.must(wanted === "sent" || calls.join(" ") === LOOK, `nothing was to be replayed, and it was ${calls.join(" ")}`);
  }
  await drillLost(drill, mail, calendarId);
}

/** A task that was lost on the way is sent again after an hour, as the same task. */
async function drillLost(drill: Drill, mail: DeadMail, calendarId: string): Promise<void> {
  const letterId = await opened(mail, mail.asked(calendarId));
  const first = await replay(drill, letterId, { urgent: { sendImports: async () => undefined } });
  const early = await replay(drill, letterId);
  drill.must(early.result?.kind === "replaying", `a letter that is on its way was replayed: ${early.result?.kind}`);
  drill.must(early.calls.join(" ") === LOOK, `a letter that is on its way was touched by ${early.calls.join(" ")}`);
  drill.simulation.skip(HOUR_MS);
  const late = await replay(drill, letterId);
  const [lost, sent] = [taskIn(first.result), taskIn(late.result)];
  drill.must(sent === lost, `a task that was lost was sent again as ${sent}, wanted ${lost}`);
  drill.must(mail.standing(letterId) === "resolved after 1", `${letterId} is ${mail.standing(letterId)} after its second replay`);
}

/** A person may try a suspended calendar; a paused one was stopped by a person, and one that was removed is nobody's. */
async function drillCalendars(drill: Drill, mail: DeadMail): Promise<void> {
  const [gone, , , paused, removed] = drill.pupilsApart();
  gone.source.manner = { kind: "failing", code: "source-gone" };
  await drill.sync(gone);
  drill.must(gone.calendar.state === "suspended", `${gone.calendarId} is ${gone.calendar.state}, its source is gone`);
  gone.source.manner = { kind: "well" };
  await drill.ask("pause", async (ports) => await pauseCalendar(paused.calendarId, "calendar", ports));
  await beginRemoval(drill, removed.calendarId);
  const rows: readonly (readonly [calendarId: string, kind: ReplayEnd["kind"]])[] = [
    ["never-there", "gone"],
    [removed.calendarId, "gone"],
    [paused.calendarId, "paused"],
    [gone.calendarId, "sent"],
  ];
  for (const [calendarId, wanted] of rows) {
    const letterId = await opened(mail, mail.asked(calendarId));
    const { result, calls } = await replay(drill, letterId);
    drill.must(result?.kind === wanted, `a letter of ${calendarId} was replayed: ${result?.kind}, wanted ${wanted}`);
    const isLeft = mail.standing(letterId) === "open after 1" && !calls.includes("letters.put");
    drill.must(wanted === "sent" || isLeft, `a letter of ${calendarId} was left and is ${mail.standing(letterId)}`);
  }
  drill.must(gone.calendar.state === "active", `${gone.calendarId} answered a replay and is ${gone.calendar.state}`);
  await drill.ask("resume", async (ports) => await resumeCalendar(paused.calendarId, "calendar", ports));
  await endRemoval(drill, removed.calendarId);
}

/** Nobody starts before those who asked first; what finds no start that a queue can wait for stays as it was. */
async function drillPace(drill: Drill, mail: DeadMail): Promise<void> {
  const [, { calendarId, host = "" }] = drill.pupilsApart();
  for (const [aheadMs, isNear] of [
    [120_000, true],
    [FURTHEST_MS + 60_000, false],
  ] as const) {
    const letterId = await opened(mail, mail.asked(calendarId, { reason: "reservation" }));
    const freeMs = book(drill, host, aheadMs);
    const { result } = await replay(drill, letterId);
    const seen = result?.kind === "sent" ? Date.parse(result.startAt) : result?.kind;
    drill.must(seen === (isNear ? freeMs : "pace-exceeded"), `${host} is free at ${freeMs}, and a replay starts ${seen}`);
    const wanted = isNear ? "resolved after 1" : "open after 1";
    drill.must(mail.standing(letterId) === wanted, `${letterId} is ${mail.standing(letterId)}, wanted ${wanted}`);
    free(drill, host);
  }
}

/** Two operators at the same moment: one of them sends. */
async function drillTwice(drill: Drill, mail: DeadMail): Promise<void> {
  const [{ calendarId }] = drill.pupilsApart();
  const letterId = await opened(mail, mail.asked(calendarId));
  const work = async (ports: Ports): Promise<void> => void (await replayLetter(letterId, ports, drill.context()));
  let [end, sent] = ["nothing", 0];
  await interpose(drill, { at: "letters.put", rival: { name: "replay first", work } }, async () => {
    await drill.ask("replay", async (ports) => {
      const urgent = { sendImports: async (tasks: readonly unknown[]): Promise<void> => void (sent += tasks.length) };
      end = (await replayLetter(letterId, { ...ports, urgent }, drill.context())).kind;
    });
  });
  drill.must(end === "not-open" && sent === 0, `who was too late replays ${end} and sends ${sent} tasks`);
}

/** Marked first: wherever it dies nothing is sent that is not marked, and an hour later it can be sent again. */
async function drillBreaks(drill: Drill, mail: DeadMail): Promise<void> {
  const [{ calendarId }] = drill.pupilsApart();
  let letterId = "";
  await breakOffEverywhere(drill, {
    name: "replay",
    before: async () => {
      letterId = await opened(mail, mail.asked(calendarId));
    },
    work: async (ports) => {
      const watched = {
        sendImports: async (...sent: Parameters<typeof ports.urgent.sendImports>) => {
          const state = mail.letter(letterId)?.state;
          drill.must(state === "replaying", `a letter that is ${state} was sent`);
          await ports.urgent.sendImports(...sent);
        },
      };
      await replayLetter(letterId, { ...ports, urgent: watched }, drill.context());
    },
    after: async (where) => {
      if (mail.letter(letterId)?.state === "replaying") {
        drill.simulation.skip(HOUR_MS);
        await replay(drill, letterId);
      }
      drill.must(mail.standing(letterId) === "resolved after 1", `${letterId} is ${mail.standing(letterId)}: ${where}`);
    },
    ways: ["error-before", "crash-before", "crash-after", "duplicate"],
  });
}

/** Ten by ten: a host without a start is not asked again, and keeps nobody else from being sent. */
async function drillMany(drill: Drill, mail: DeadMail): Promise<void> {
  const [busy, other, paused] = drill.pupilsApart();
  const { host = "" } = busy;
  await drill.ask("pause", async (ports) => await pauseCalendar(paused.calendarId, "calendar", ports));
  const at = async (calendarId: string, known?: string): Promise<string> => await opened(mail, mail.asked(calendarId), known);
  const full: string[] = [];
  for (let count = 0; count < 7; count += 1) full.push(await at(busy.calendarId, host));
  const unknown = await at(busy.calendarId);
  const [unread] = await mail.unreadable(1);
  const closed = await resolved(drill, mail);
  const [sameHost, elsewhere] = [await at(busy.calendarId, host), await at(other.calendarId)];
  const [build, stopped] = [await opened(mail, mail.build("nobody's")), await at(paused.calendarId)];
  const letterIds = [...full, unknown, unread?.letterId ?? "", closed, sameHost, elsewhere, build, stopped];
  const letters = letterIds.flatMap((letterId) => mail.letter(letterId) ?? []);
  // Room for two.
  book(drill, host, FURTHEST_MS - 1000);
  let report: ReplaysReport | undefined;
  const calls = await callsOf(drill, "replay many", async (ports) => {
    report = await replayLetters(letters, ports, { ...drill.context(), course: OPEN_COURSE });
  });
  checkReport(drill, report, [...full.slice(0, 2), elsewhere, build], {
    [unread?.letterId ?? ""]: "letter-unreadable",
    [closed]: "letter-closed",
    [stopped]: "calendar-paused",
  });
  const looks = calls.filter((call) => call === "hosts.host").length;
  drill.must(looks === 2, `two hosts were looked at ${looks} times`);
  for (const letterId of [...full.slice(2), unknown, sameHost])
    drill.must(mail.standing(letterId) === "open after 1", `${letterId} had no start and is ${mail.standing(letterId)}`);
  for (const letterId of [...full.slice(0, 2), elsewhere, build])
    drill.must(mail.letter(letterId)?.state === "resolved", `${letterId} was replayed and is ${mail.standing(letterId)}`);
  free(drill, host);
  await drill.ask("resume", async (ports) => await resumeCalendar(paused.calendarId, "calendar", ports));
}

function checkReport(
  drill: Drill,
  report: ReplaysReport | undefined,
  sent: readonly string[],
  codes: Readonly<Record<string, string>>,
): void {
  const { end, replayed = [], waiting, left = [] } = report ?? {};
  const seen = replayed.map(({ letterId }) => letterId).join(" ");
  drill.must(end === "done" && seen === sent.join(" "), `a run that is ${end} replayed ${seen}, wanted ${sent.join(" ")}`);
  drill.must(waiting === 7, `${waiting} letters wait for a start, wanted 7`);
  const isTold = left.every(({ letterId, code }) => codes[letterId] === code);
  drill.must(isTold && left.length === Object.keys(codes).length, `left are ${JSON.stringify(left)}`);
}

async function replay(drill: Drill, letterId: string, other: Partial<Ports> | object = {}): Promise<Played<ReplayEnd>> {
  const { result, calls } = await played(
    drill,
    "replay",
    async (ports) => await replayLetter(letterId, { ...ports, ...other }, drill.context()),
  );
  const lastPut = calls.lastIndexOf("letters.put");
  drill.must(!calls.slice(0, lastPut).some((call) => SENDS.test(call)), `${letterId} was sent before it was marked`);
  return { result, calls };
}

function taskIn(end: ReplayEnd | undefined): string {
  return end?.kind === "sent" ? end.taskId : `nothing: ${end?.kind}`;
}

/** A letter that is open and says nothing of its host but where it is given. */
async function opened(mail: DeadMail, task: Task, host?: string): Promise<string> {
  const delivery = mail.delivery(task, { host });
  await mail.taken(delivery);
  return letterIdOf(task, delivery.messageId);
}

async function marked(drill: Drill, mail: DeadMail, state: "acknowledged" | "discarded"): Promise<string> {
  const letterId = await opened(mail, mail.build(mail.name("feed")));
  await drill.ask("mark", async ({ letters }) => await markLetter(letterId, mail.mark(state), letters));
  return inState(drill, mail, letterId, state);
}

/** There is no such feed, so that a replay has nothing to do. */
async function resolved(drill: Drill, mail: DeadMail): Promise<string> {
  const letterId = await opened(mail, mail.build(mail.name("feed")));
  await replay(drill, letterId);
  return inState(drill, mail, letterId, "resolved");
}

function inState(drill: Drill, mail: DeadMail, letterId: string, state: LetterState): string {
  drill.must(mail.letter(letterId)?.state === state, `${letterId} is ${mail.letter(letterId)?.state}, wanted it ${state}`);
  return letterId;
}

/** Others reserved all starts before this one. */
function book({ simulation }: Drill, host: string, aheadMs: number): number {
  const { stored } = simulation.world.hosts;
  const nextStartAtMs = simulation.nowMs + aheadMs;
  stored.set(host, { version: 1, host, ...stored.get(host), nextStartAtMs });
  return nextStartAtMs;
}

function free(drill: Drill, host: string): void {
  book(drill, host, 0);
}
