/** Starts that somebody asks for are reserved at the host: one task one start, none far away in a queue, none given to two. */
import { readTask } from "../../lib/core/letters.ts";
import { bookTask } from "../../lib/sync/book-task.ts";
import { reserveUpTo } from "../../lib/sync/reserve-starts.ts";
import { syncNow } from "../../lib/sync/sync-now.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { played } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";

const SECOND_MS = 1000;
const APART_MS = 10_000;
/** No calendar is there: what is reserved here keeps nobody waiting. */
const HOST = "nobody.example";
/** What SQS can delay. */
const NEAR_MS = 900_000;

export async function drillBookings(drill: Drill): Promise<void> {
  await drillReserved(drill);
  await drillRace(drill);
  await drillBooked(drill);
  await drillAsked(drill);
  drill.hours(1);
  await drill.course.turns();
}

/** As many starts as lie near enough, and no more are taken from the host than are given. */
async function drillReserved(drill: Drill): Promise<void> {
  const rows: readonly (readonly [count: number, pace: number, busyMs: number, starts: number])[] = [
    [3, 1, 0, 3],
    [3, 1, NEAR_MS, 1],
    [20, 0.01, 0, 10],
    [3, 1, NEAR_MS + SECOND_MS, 0],
  ];
  for (const [count, pace, busyMs, wanted] of rows) {
    const nowMs = put(drill, pace, busyMs);
    const { result = [], calls } = await played(
      drill,
      "reserve",
      async ({ hosts }) => await reserveUpTo(count, HOST, hosts, nowMs),
    );
    const what = `of ${count} starts at ${pace} a second, the first in ${busyMs} ms,`;
    const isInOrder = result.every((startMs, index) => startMs === nowMs + busyMs + (index * SECOND_MS) / pace);
    drill.must(result.length === wanted && isInOrder, `${what} were given ${result.join(", ")}, wanted ${wanted} from ${nowMs}`);
    const takenMs = nextStartMs(drill) - nowMs - busyMs;
    drill.must(takenMs === (wanted * SECOND_MS) / pace, `${what} ${takenMs} ms were taken, ${wanted} given`);
    const writes = calls.filter((method) => method === "hosts.reserve").length;
    drill.must(writes === Math.min(1, wanted), `${what} ${wanted} were given by ${writes} writes`);
  }
}

/** Two who reserve at once have different starts. */
async function drillRace(drill: Drill): Promise<void> {
  const nowMs = put(drill, 1, 0);
  const given: number[] = [];
  const rival = {
    name: "another sender",
    work: async ({ hosts }: Ports) => void given.push(...(await reserveUpTo(2, HOST, hosts, nowMs))),
  };
  await interpose(drill, { at: "hosts.reserve", rival }, async () => {
    await drill.ask("reserve", async ({ hosts }) => void given.push(...(await reserveUpTo(2, HOST, hosts, nowMs))));
  });
  drill.must(new Set(given).size === 4, `two who reserved at once were given ${given.join(", ")}, wanted four starts`);
}

/** A task takes one start of its host, a task for nobody none; and it lies where it can wait until then. */
async function drillBooked(drill: Drill): Promise<void> {
  const rows: readonly (readonly [host: string | undefined, busyMs: number, wanted: "sent" | "booked"])[] = [
    [undefined, NEAR_MS + SECOND_MS, "sent"],
    [HOST, 0, "sent"],
    [HOST, NEAR_MS, "sent"],
    [HOST, NEAR_MS + SECOND_MS, "booked"],
  ];
  for (const [host, busyMs, wanted] of rows) {
    const { end, lies, startsIn, takenMs, asked } = await bookOne(drill, host, busyMs);
    const what = `a task for ${host}, whose first start is in ${busyMs} ms,`;
    drill.must(end === wanted && lies.join(" ") === wanted, `${what} is ${end} and lies ${lies.join(" and ") || "nowhere"}`);
    const wantedMs = host === undefined ? 0 : busyMs;
    drill.must(startsIn === wantedMs, `${what} starts in ${startsIn} ms, wanted ${wantedMs}`);
    const isOne = host === undefined ? takenMs === 0 && asked === 0 : takenMs === SECOND_MS;
    drill.must(isOne, `${what} took ${takenMs} ms of its host by ${asked} calls, wanted one start`);
  }
}

type Booked = {
  readonly end: "sent" | "booked" | undefined;
  readonly lies: readonly ("sent" | "booked")[];
  /** Milliseconds from the call to the start that the task or its record names. */
  readonly startsIn: number;
  /** What the host has given away by it. */
  readonly takenMs: number;
  /** Calls that ask or move the host's record. */
  readonly asked: number;
};

async function bookOne(drill: Drill, host: string | undefined, busyMs: number): Promise<Booked> {
  const [{ calendarId }] = drill.pupilsApart();
  const { urgent, reservations, newId } = drill.simulation.world;
  const nowMs = put(drill, 1, busyMs);
  const taskId = newId();
  const { result, calls } = await played(drill, "book", async (ports) => {
    const task = { version: 1, kind: "import", taskId, calendarId, reason: "sync-now" } as const;
    const end = await bookTask(task, { ownerId: "owner", host }, ports, new Date(nowMs));
    const message = [...urgent.messages.values()].find(({ body }) => readTask(body)?.taskId === taskId);
    return { end, message, record: reservations.records.get(taskId) };
  });
  const sent: { readonly startAt: string } | undefined = result?.message && JSON.parse(result.message.body);
  const startAt = sent?.startAt ?? result?.record?.startAt ?? "";
  return {
    end: result?.end,
    lies: [...(sent ? (["sent"] as const) : []), ...(result?.record ? (["booked"] as const) : [])],
    startsIn: Date.parse(startAt) - nowMs,
    takenMs: nextStartMs(drill) - nowMs - busyMs,
    asked: calls.filter((method) => method.startsWith("hosts.")).length,
  };
}

/** A run says queued only while its task is on its way; what an app writes is nobody's to ask for. */
async function drillAsked(drill: Drill): Promise<void> {
  const [{ calendarId }] = drill.pupilsApart();
  const { runs } = drill.simulation.world.calendars;
  await breakOffEverywhere(drill, {
    name: "sync now",
    before: async () => drill.simulation.skip(APART_MS),
    work: async (ports) => drill.answers.asked(await syncNow(calendarId, ports, drill.context())),
    after: (where) => {
      const waiting = [...runs.values()].filter((run) => run.calendarId === calendarId && run.status === "queued");
      drill.must(waiting.length === 0, `${waiting.length} runs of ${calendarId} wait for nothing: ${where}`);
      drill.must(drill.refused === undefined, `an import of ${calendarId} was refused as ${drill.refused}: ${where}`);
    },
  });
  const push = drill.weather.pushCalendars[0] ?? "";
  await drill.ask("sync what is pushed", async (ports) => await syncNow(push, ports, drill.context()));
  drill.must(drill.refused === "source-kind-wrong", `an import of the push calendar ${push} was refused as ${drill.refused}`);
}

/** @returns UTC milliseconds of now; the host's first free start is `busyMs` later */
function put({ simulation }: Drill, startsPerSecond: number, busyMs: number): number {
  // What was sent before is not within one pace of it.
  simulation.skip(APART_MS);
  const { nowMs, world } = simulation;
  world.hosts.stored.set(HOST, { version: 1, host: HOST, startsPerSecond, nextStartAtMs: nowMs + busyMs });
  return nowMs;
}

function nextStartMs({ simulation }: Drill): number {
  return simulation.world.hosts.stored.get(HOST)?.nextStartAtMs ?? 0;
}
