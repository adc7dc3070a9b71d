/** A terminal without a process: what was printed is kept, deployments are maps, time moves when somebody sleeps. */
import { runCalferry } from "../../lib/cli/program.ts";
import type { Connection, Operations, QueueDepth, Terminal } from "../../lib/cli/terminal.ts";
import type { Key } from "../../lib/contract/key.ts";
import type { Fetched } from "../../lib/sync/import-calendar.ts";
import { createMemory, keysOver } from "../api/memory-services.ts";
import type { Memory } from "../api/memory-services.ts";
import { createMemoryOperations } from "./memory-operations.ts";
import { MemoryEar } from "./memory-ear.ts";
import type { MemoryOperations } from "./memory-operations.ts";
import { MemoryAlerts } from "../sync/memory-alerts.ts";

type Ran = { readonly out: string; readonly errors: string; readonly status: number };
export type MemoryTerminal = Memory & {
  readonly operations: MemoryOperations;
  readonly alerts: MemoryAlerts;
  readonly keys: Map<string, Key>;
  /** What listens to the changes topic. */
  readonly ear: MemoryEar;
  /** Given to the next command that can be cancelled. */
  interruption: AbortSignal | undefined;
  readonly run: (...args: readonly string[]) => Promise<Ran>;
  /** Given to the next command's standard input. */
  input: string;
  fetched: Fetched;
  /** What lies in the queues; changed in place. */
  readonly depths: QueueDepth[];
  /** Files that commands wrote. */
  readonly written: Map<string, string>;
  /** Whether somebody sees what is drawn. */
  watched: boolean;
  readonly drawn: string[];
  /** Called whenever a command waits. */
  onSleep: () => void;
};

const START_MS = Date.parse("2026-05-06T01:00:00.000Z");

export function createMemoryTerminal(): MemoryTerminal {
  const memory = createMemory();
  const keys = new Map<string, Key>();
  const operations = createMemoryOperations();
  const alerts = new MemoryAlerts();
  const ear = new MemoryEar();
  const depths: QueueDepth[] = [{ queue: "import", waiting: 3, inFlight: 1, delayed: 0 }];
  const connection: Connection = {
    ...connectionOver(memory, keys, operations.ports),
    queues: { depths: async () => depths },
    ear: async () => ear,
    alerts,
  };
  let nowMs = START_MS;
  const started: MemoryTerminal = {
    ...memory,
    operations,
    alerts,
    ear,
    interruption: undefined,
    keys,
    input: "",
    written: new Map<string, string>(),
    watched: false,
    drawn: [],
    fetched: { kind: "unchanged" },
    depths,
    onSleep: () => undefined,
    run: async (...args) => {
      const printed = { out: "", errors: "", status: 0 };
      const { interruption } = started;
      const terminal: Terminal = {
        print: (text) => void (printed.out += `${text}\n`),
        complain: (text) => void (printed.errors += `${text}\n`),
        readInput: async () => Buffer.from(started.input),
        inputLines: async function* lines() {
          yield* started.input.split("\n");
        },
        connect: async () => connection,
        ...(interruption === undefined ? {} : { interruption: () => interruption }),
        source: async () => ({ fetch: async () => started.fetched }),
        writeFile: async (file, bytes) => void started.written.set(file, Buffer.from(bytes).toString()),
        ...(started.watched ? { draw: (line: string) => void started.drawn.push(line) } : {}),
        sleep: async (ms) => {
          nowMs += ms;
          started.onSleep();
        },
        now: () => new Date(nowMs),
        endWith: (status) => void (printed.status = status),
      };
      await runCalferry(args, terminal);
      return printed;
    },
  };
  return started;
}

function connectionOver(
  { services, calendars, checkpoints, builds, objects: bytes, letters: stored }: Memory,
  keys: Map<string, Key>,
  operations: Operations,
): Omit<Connection, "alerts" | "queues" | "ear"> {
  const {
    feeds,
    links,
    published,
    objects,
    changes,
    letters,
    hosts,
    quotas,
    ownerRecords,
    erasure,
    erasureObjects,
    reservations,
    crons,
    editor,
    externalIds,
    downloadBook,
    repeats,
    repeatSchedules,
    ownersReservations,
    reservationSchedules,
    urgent,
    exports,
    downloads,
    now,
    newId,
    randomBytes,
  } = services;
  return {
    calendars: {
      ...services.calendars,
      everyCalendar: async () => {
        const loaded = await Promise.all([...calendars.keys()].map((calendarId) => services.calendars.load(calendarId)));
        return { items: loaded.filter((each) => each !== undefined), cursor: undefined };
      },
    },
    objects,
    changes,
    feeds: {
      ...feeds,
      flip: async (build) => {
        builds.set(build.feedId, build);
        return "saved";
      },
    },
    links,
    published: {
      ...published,
      putFeed: async (key, ics) => {
        bytes.set(key, ics);
        return { bytes: ics.length, gzipBytes: ics.length };
      },
    },
    letters: {
      ...letters,
      every: async function* every(state) {
        yield* [...stored.values()].filter((letter) => letter.state === state);
      },
    },
    hosts,
    quotas,
    ownerRecords,
    erasure,
    erasureObjects,
    urgent,
    reservations,
    crons,
    editor,
    externalIds,
    downloadBook,
    downloadFiles: { getBytes: async (key) => Buffer.from(`the bytes of ${key}`) },
    repeats,
    repeatSchedules,
    ownersReservations,
    reservationSchedules,
    exports,
    downloads,
    operations: async () => operations,
    keys: keysOver({ keys }),
    cursor: { lastCovered: async () => (checkpoints.size === 0 ? undefined : START_MS / 60_000 - 1) },
    base: "https://feeds.example.org/",
    now,
    newId,
    randomBytes,
  };
}
