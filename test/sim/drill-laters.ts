/** Hosts that say later, now for a while, now for days: they are left alone, what waits for them comes back, and what waits too long is told. */
import type { Host } from "../../lib/contract/host.ts";
import type { Run } from "../../lib/contract/run.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { readTask } from "../../lib/core/letters.ts";
import { minuteOf } from "../../lib/core/slots.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Up to a fifth more than the host asked for. */
const JITTER = 1.2;
/** A later is heard within this after it was asked for. */
const HEARD_MS = 2 * SECOND_MS;

/** Seconds of Retry-After, and for how long the host is left alone. */
const LATERS: readonly (readonly [seconds: number | undefined, forMs: number])[] = [
  [1200, 20 * MINUTE_MS],
  [undefined, 15 * MINUTE_MS],
  [0, 0],
  [400_000, DAY_MS],
];

export async function drillLaters(drill: Drill): Promise<void> {
  for (const [seconds, forMs] of LATERS) {
    await drillTurnLater(drill, seconds, forMs);
    if (seconds !== undefined && seconds > 0) await drillAskedLater(drill, seconds, forMs);
  }
  await drillNeighbours(drill);
}

/** A turn whose host says later waits for the next one after it. */
async function drillTurnLater(drill: Drill, seconds: number | undefined, forMs: number): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { reservations, hosts, letters } = drill.simulation.world;
  const open = [letters.stored.size, reservations.records.size].join();
  pupil.source.manner = { kind: "throttled", seconds };
  const atMs = await turn(drill, pupil);
  const what = `${pupil.calendarId}, whose host asks for ${seconds} seconds,`;
  const { notBefore = "", outcome, deferrals } = pupil.checkpoint;
  drill.must(pupil.status === "deferred" && outcome?.code === "source-throttled", `${what} is ${pupil.status}`);
  const waitsMs = Date.parse(notBefore) - atMs;
  drill.must(waitsMs >= forMs && waitsMs <= forMs * JITTER + HEARD_MS, `${what} waits for ${waitsMs} ms`);
  const cooldown = hosts.stored.get(pupil.host ?? "")?.cooldownUntil;
  drill.must(cooldown === notBefore, `${what} waits until ${notBefore}, the host cools down until ${cooldown}`);
  const run = lastRun(drill, pupil);
  const isTold = run?.status === "deferred" && run.code === "source-throttled" && deferrals === 1;
  drill.must(isTold, `${what} was ${run?.status} (${run?.code}) as its run says, and ${deferrals} times told later`);
  drill.must([letters.stored.size, reservations.records.size].join() === open, `${what} has a turn of its own and was booked`);
  await answersAgain(drill, pupil);
}

/** What somebody asked for comes back when the host may be asked, without anybody asking again. */
async function drillAskedLater(drill: Drill, seconds: number, forMs: number): Promise<void> {
  const [, pupil] = drill.pupilsApart();
  const { reservations } = drill.simulation.world;
  pupil.source.manner = { kind: "throttled", seconds };
  const atMs = drill.simulation.nowMs;
  await drill.sync(pupil);
  const what = `an import whose host asks for ${seconds} seconds`;
  const run = lastRun(drill, pupil);
  const waitsMs = Date.parse(reservations.records.get(run?.taskId ?? "")?.dueAt ?? "") - atMs;
  const isInTime = waitsMs >= forMs && waitsMs <= forMs * JITTER + HEARD_MS;
  drill.must(run?.status === "deferred" && isInTime, `${what} is ${run?.status} and comes back in ${waitsMs} ms`);
  await comesBack(drill, pupil, run);
}

/** Each host that cools down is asked by none of its calendars, and says nothing new by it. */
async function drillNeighbours(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const [asked, due] = neighboursOf(drill, pupil);
  const { hosts, reservations } = drill.simulation.world;
  pupil.source.manner = { kind: "throttled", seconds: 3600 };
  await turn(drill, pupil);
  const until = hosts.stored.get(pupil.host ?? "")?.cooldownUntil;
  const served = [asked, due].map(({ source }) => source.served.length).join();
  const records = reservations.records.size;
  await turn(drill, due);
  drill.must(reservations.records.size === records, `the turn of ${due.calendarId}, whose host cools down, was booked`);
  await drill.ask("ask too early", async ({ urgent }) => await urgent.sendUrgent(asNow(drill, asked), 0));
  const run = lastRun(drill, asked);
  for (const { calendarId, checkpoint, status } of [asked, due]) {
    const { code } = checkpoint.outcome ?? {};
    drill.must(
      status === "deferred" && code === "host-cooling-down",
      `${calendarId} is ${status} (${code}) while its host cools down`,
    );
  }
  drill.must(
    [asked, due].map(({ source }) => source.served.length).join() === served,
    `${pupil.host} was asked while it cools down`,
  );
  const still = hosts.stored.get(pupil.host ?? "")?.cooldownUntil;
  drill.must(still === until, `${pupil.host} cools down until ${still} since others waited for it, wanted ${until}`);
  pupil.source.manner = { kind: "well" };
  await comesBack(drill, asked, run);
}

/** In a window nobody is asked, nothing is counted, and what was asked for comes after it. */
export async function drillWindows(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const [neighbour] = neighboursOf(drill, pupil);
  const { reservations } = drill.simulation.world;
  // Its host has said later once before.
  pupil.source.manner = { kind: "throttled", seconds: 0 };
  await turn(drill, pupil);
  pupil.source.manner = { kind: "well" };
  const endsMs = closeHost(drill, pupil);
  const served = [pupil, neighbour].map(({ source }) => source.served.length).join();
  await drill.ask("ask in a window", async ({ urgent }) => await urgent.sendUrgent(asNow(drill, pupil), 0));
  const run = lastRun(drill, pupil);
  const records = reservations.records.size;
  await turn(drill, neighbour);
  drill.must(run?.status === "deferred" && run.code === "host-blackout", `a run says ${run?.status} (${run?.code}) in a window`);
  drill.must(reservations.records.size === records, `the turn of ${neighbour.calendarId}, whose host is closed, was booked`);
  for (const { calendarId, checkpoint, status } of [pupil, neighbour]) {
    const lateMs = Date.parse(checkpoint.notBefore ?? "") - endsMs;
    drill.must(status === "deferred", `${calendarId} is ${status} while its host is closed`);
    drill.must(lateMs >= 0 && lateMs <= MINUTE_MS, `${calendarId} may be asked ${lateMs} ms after its host's window`);
  }
  const asked = [pupil, neighbour].map(({ source }) => source.served.length).join();
  drill.must(asked === served, `${pupil.host} was asked while it is closed`);
  drill.must(pupil.checkpoint.deferrals === 1, `a window counts as a later, ${pupil.checkpoint.deferrals} of them`);
  await comesBack(drill, pupil, run);
}

/** @returns when its window ends, UTC milliseconds */
function closeHost({ simulation }: Drill, { host = "" }: Pupil): number {
  const { hosts } = simulation.world;
  const [fromMs, toMs] = [simulation.nowMs - MINUTE_MS, simulation.nowMs + 3 * HOUR_MS];
  const blackout: Host["blackout"] = [{ kind: "once", from: iso(fromMs), to: iso(toMs) }];
  hosts.stored.set(host, { version: 1, ...hosts.stored.get(host), host, blackout });
  return toMs;
}

/** A host that says later for a day and three times: people hear of it, and apps, and feeds say so. */
export async function drillTooLong(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { calendarId, source } = pupil;
  const letterId = `import-${calendarId}`;
  const { world } = drill.simulation;
  let task = asNow(drill, pupil);
  await breakOffEverywhere(drill, {
    name: "a later too many",
    before: async () => {
      await laterForLong(drill, pupil);
      task = asTurn(drill, pupil);
    },
    work: async ({ imports }) => await imports.sendImports([{ task, host: pupil.host ?? "", delaySeconds: 0 }]),
    whose: (process) => process.task?.taskId === task.taskId,
    ways: ["crash-before", "crash-after"],
    after: (where) => {
      const { outcome, staleCode, lastTurn } = pupil.checkpoint;
      const { state, code } = world.letters.stored.get(letterId) ?? {};
      drill.must(state === "open" && code === "deferred-too-long", `letter ${letterId} is ${state} (${code}): ${where}`);
      drill.must(
        lastTurn === task.turn && outcome?.code === "deferred-too-long",
        `${calendarId} says ${outcome?.code}: ${where}`,
      );
      drill.must(staleCode === "deferred-too-long", `${calendarId} is stale because of ${staleCode}: ${where}`);
      if (where !== "nowhere") return;
      const run = lastRun(drill, pupil);
      drill.must(run?.status === "failed" && run.code === "deferred-too-long", `its run says ${run?.status} (${run?.code})`);
    },
  });
  await laterForLong(drill, pupil);
  const records = world.reservations.records.size;
  await drill.sync(pupil);
  const run = lastRun(drill, pupil);
  drill.must(run?.status === "failed" && run.code === "deferred-too-long", `what was asked for is ${run?.status} (${run?.code})`);
  drill.must(world.reservations.records.size === records, "what was given up was booked again");
  source.manner = { kind: "well" };
  drill.hours(1);
  await drill.sync(pupil);
  drill.must(
    pupil.status === "unchanged" && pupil.checkpoint.staleCode === undefined,
    `${calendarId} answers and is ${pupil.status}`,
  );
}

/** The host answers nobody for more than a day; its next later is one too many. */
async function laterForLong(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendars, hosts } = drill.simulation.world;
  pupil.source.manner = { kind: "well" };
  hosts.stored.delete(pupil.host ?? "");
  drill.simulation.skip(10 * MINUTE_MS);
  await calendars.putCheckpoint({ ...pupil.checkpoint, notBefore: undefined });
  await drill.sync(pupil);
  pupil.source.manner = { kind: "throttled", seconds: 60 };
  const since = iso(drill.simulation.nowMs - DAY_MS - HOUR_MS);
  await calendars.putCheckpoint({ ...pupil.checkpoint, deferredSince: since, deferrals: 2, lastSuccessAt: since });
}

/** Two tasks of one host at the same moment. */
export async function drillTries(drill: Drill): Promise<void> {
  await drillOvertaken(drill);
  await drillProbes(drill);
}

/** Somebody saves between a later and its save: both count, and both are there. */
async function drillOvertaken(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  pupil.source.manner = { kind: "throttled", seconds: 1800 };
  drill.simulation.skip(2 * MINUTE_MS);
  const task = asTurn(drill, pupil);
  const rival = { name: "a turn meanwhile", work: async (ports: Ports) => await sendAndWait(drill, task, ports) };
  const own = asNow(drill, pupil);
  await interpose(drill, { at: "calendars.save", whose: ({ task: of }) => of?.taskId === own.taskId, rival }, async () => {
    await drill.ask("ask at the same moment", async ({ urgent }) => await urgent.sendUrgent(own, 0));
  });
  const { lastTurn, deferrals } = pupil.checkpoint;
  drill.must(lastTurn === task.turn, `turn ${task.turn} was closed, and the last one is ${lastTurn}`);
  drill.must(deferrals === 2, `two laters at once count as ${deferrals}`);
  const run = drill.simulation.world.calendars.runs.get(`${pupil.calendarId} ${own.taskId}`);
  drill.must(run?.status === "deferred", `what was asked for meanwhile is ${run?.status}`);
  await comesBack(drill, pupil, run);
}

/** After a cooldown one task tries; another that comes at the same moment waits for what it hears. */
async function drillProbes(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const [other] = neighboursOf(drill, pupil);
  const { hosts } = drill.simulation.world;
  const name = pupil.host ?? "";
  for (const at of ["hosts.claimProbe", "source.fetch"]) {
    drill.simulation.skip(2 * MINUTE_MS);
    hosts.stored.set(name, { version: 1, host: name, cooldownUntil: iso(drill.simulation.nowMs - MINUTE_MS) });
    const [own, rivals] = [asNow(drill, pupil), asNow(drill, other)];
    let lateMs = 0;
    const rival = {
      name: "another task of the host",
      work: async (ports: Ports) => {
        const served = other.source.served.length;
        await sendAndWait(drill, rivals, ports);
        lateMs = other.source.served.length - served;
      },
    };
    await interpose(drill, { at, whose: ({ task }) => task?.taskId === own.taskId, rival }, async () => {
      await drill.ask("ask after a cooldown", async ({ urgent }) => await urgent.sendUrgent(own, 0));
    });
    drill.must(lateMs === (at === "source.fetch" ? 0 : 1), `${other.calendarId} was asked ${lateMs} times while another tried`);
    for (const { calendarId, status } of [pupil, other]) drill.must(status === "unchanged", `${calendarId} is ${status}`);
    const { cooldownUntil } = hosts.stored.get(name) ?? {};
    drill.must(cooldownUntil === undefined, `${name} answered and cools down until ${cooldownUntil}`);
  }
  hosts.stored.set(name, { version: 1, host: name, cooldownUntil: iso(drill.simulation.nowMs - MINUTE_MS) });
  pupil.source.manner = { kind: "throttled", seconds: 1200 };
  await turn(drill, pupil);
  const { cooldownUntil = "" } = hosts.stored.get(name) ?? {};
  drill.must(cooldownUntil === pupil.checkpoint.notBefore, `${name} said later to the one and cools down until ${cooldownUntil}`);
  await answersAgain(drill, pupil);
}

/** Sends a task and waits until it has come to its end, or back to its queue. */
async function sendAndWait(drill: Drill, task: ImportTask, ports: Ports): Promise<void> {
  const { imports, urgent } = drill.simulation.world;
  const queue = task.turn === undefined ? urgent : imports;
  if (task.turn === undefined) await ports.urgent.sendUrgent(task, 0);
  else await ports.imports.sendImports([{ task, host: "", delaySeconds: 0 }]);
  const messageId = [...queue.messages.values()].find(({ body }) => readTask(body)?.taskId === task.taskId)?.messageId ?? "";
  const isUnderWay = (): boolean => {
    const message = queue.messages.get(messageId);
    const isWorked = [...drill.simulation.processes].some((process) => process.task?.taskId === task.taskId);
    return message !== undefined && (message.receives === 0 || isWorked);
  };
  while (isUnderWay()) await ports.hosts.hosts();
}

async function turn(drill: Drill, pupil: Pupil): Promise<number> {
  drill.simulation.skip(2 * MINUTE_MS);
  const { nowMs } = drill.simulation;
  const task = asTurn(drill, pupil);
  await drill.ask("turn", async ({ imports }) => await imports.sendImports([{ task, host: pupil.host ?? "", delaySeconds: 0 }]));
  return nowMs;
}

function asTurn({ simulation }: Drill, { calendarId }: Pupil): ImportTask {
  const minute = minuteOf(simulation.world.clock.now());
  const startAt = iso(simulation.nowMs);
  return { version: 1, kind: "import", taskId: `${calendarId}@${minute}`, calendarId, turn: minute, startAt, reason: "tick" };
}

/** What somebody asked for, whose start is now. */
function asNow({ simulation }: Drill, { calendarId }: Pupil): ImportTask {
  const taskId = `${iso(simulation.nowMs)}~${simulation.world.newId()}`;
  return { version: 1, kind: "import", taskId, calendarId, startAt: iso(simulation.nowMs), reason: "sync-now" };
}

/** The source is well, and what waits for it comes by itself. */
async function comesBack(drill: Drill, pupil: Pupil, run: Run | undefined): Promise<void> {
  const { reservations } = drill.simulation.world;
  const { calendarId, source } = pupil;
  const taskId = run?.taskId ?? "";
  const dueAt = reservations.records.get(taskId)?.dueAt;
  source.manner = { kind: "well" };
  if (dueAt === undefined) return drill.must(false, `${taskId} of ${calendarId} waits for nothing`);
  const asked = source.served.length;
  drill.hours((Date.parse(dueAt) - drill.simulation.nowMs) / HOUR_MS);
  await drill.course.drain();
  const { status, checkpoint } = pupil;
  const count = source.served.length - asked;
  drill.must(
    status === "unchanged" && count === 1,
    `${taskId} came back, and ${calendarId} is ${status} after ${count} requests`,
  );
  drill.must(checkpoint.deferrals === undefined, `${calendarId} answers and counts ${checkpoint.deferrals} laters`);
  drill.must(!reservations.records.has(taskId), `${taskId} is done, and its record stays`);
}

async function answersAgain(drill: Drill, pupil: Pupil): Promise<void> {
  pupil.source.manner = { kind: "well" };
  const { notBefore = "" } = pupil.checkpoint;
  drill.hours(Math.max(0, (Date.parse(notBefore) - drill.simulation.nowMs) / HOUR_MS) + 1);
  await drill.sync(pupil);
  const { status, calendarId, checkpoint } = pupil;
  drill.must(status === "unchanged" && checkpoint.deferrals === undefined, `${calendarId} answers again and is ${status}`);
}

function neighboursOf(drill: Drill, pupil: Pupil): readonly [Pupil, Pupil] {
  const [one, other] = drill.pupils().filter(({ host, calendarId }) => host === pupil.host && calendarId !== pupil.calendarId);
  if (one === undefined || other === undefined) throw new Error(`too few calendars of ${pupil.host} are left for a drill`);
  return [one, other];
}

function lastRun({ simulation }: Drill, { calendarId }: Pupil): Run | undefined {
  return [...simulation.world.calendars.runs.values()].findLast((run) => run.calendarId === calendarId);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
