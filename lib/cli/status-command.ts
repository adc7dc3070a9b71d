/** `calferry status`: the whole stack on one page. */
import type { Command } from "commander";

import { calendarView } from "../core/registry.ts";
import { exceedsPace } from "../core/pace-excess.ts";
import { minuteOf } from "../core/slots.ts";
import { answer } from "./answer.ts";
import { stateOf } from "./calendar-views.ts";
import { everyPage } from "./every-page.ts";
import { ago, recordOf, tableOf } from "./table.ts";
import type { Connection, QueueDepth, Terminal } from "./terminal.ts";

type Status = {
  /** Calendars by state, or by last outcome where they are active. */
  readonly calendars: Readonly<Record<string, number>>;
  readonly events: number;
  readonly openLetters: number;
  /** Hosts that skip turns for want of starts, and how many turns since when. */
  readonly paceExceeded: readonly { readonly host: string; readonly turns: number; readonly since: string }[];
  /** UTC instant of the last minute that fan-out covered. */
  readonly lastTickAt: string | undefined;
  readonly queues: readonly QueueDepth[];
};

/** A tick comes every minute; the cursor may stand a minute behind. */
const LATE_MINUTES = 5;

const COLUMNS = [
  { head: "QUEUE" },
  { head: "WAITING", align: "right" as const },
  { head: "IN FLIGHT", align: "right" as const },
  { head: "DELAYED", align: "right" as const },
];

export function addStatusCommand(program: Command, terminal: Terminal): void {
  program
    .command("status")
    .description("calendars, open letters, last tick, queues")
    .addHelpText("after", "\nExample:\n  calferry status --local")
    .action(async (_options: unknown, command: Command) => {
      await answer(terminal, command, readStatus, (status) => tellStatus(status, terminal.now()));
    });
}

async function readStatus({ calendars, letters, hosts, cursor, queues, now }: Connection): Promise<Status> {
  const [all, open, covered, depths, paced] = await Promise.all([
    everyPage((page) => calendars.everyCalendar(page)),
    everyPage((page) => letters.list("open", page)),
    cursor.lastCovered(),
    queues.depths(),
    hosts.hosts(),
  ]);
  const views = all.map((loaded) => calendarView(loaded, now()));
  const counts = new Map<string, number>();
  for (const view of views) counts.set(stateOf(view), (counts.get(stateOf(view)) ?? 0) + 1);
  return {
    calendars: Object.fromEntries(counts),
    events: views.reduce((sum, { eventCount }) => sum + eventCount, 0),
    openLetters: open.length,
    paceExceeded: [...paced.values()]
      .filter((host) => exceedsPace(host, now()))
      .map(({ host, exceededCount: turns = 0, exceededSince: since = "" }) => ({ host, turns, since })),
    lastTickAt: covered === undefined ? undefined : new Date(covered * 60_000).toISOString(),
    queues: depths,
  };
}

function tellStatus({ calendars, events, openLetters, paceExceeded, lastTickAt, queues }: Status, now: Date): string {
  const total = Object.values(calendars).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(calendars).map(([state, count]) => `${count} ${state}`);
  const isLate = lastTickAt === undefined || minuteOf(now) - minuteOf(new Date(lastTickAt)) > LATE_MINUTES;
  const facts = recordOf({
    calendars: [String(total), ...(parts.length === 0 ? [] : [`(${parts.join(", ")})`])].join(" "),
    events: String(events),
    letters: openLetters === 0 ? "none open" : `${openLetters} open; see: calferry dlq list`,
    ...(paceExceeded.length === 0 ? {} : { "over pace": paceExceeded.map((host) => tellExcess(host, now)).join(", ") }),
    "last tick": ago(lastTickAt, now) + (isLate ? "; wanted one a minute, look at the schedule and the fan-out function" : ""),
  });
  const rows = queues.map(({ queue, waiting, inFlight, delayed }) => [queue, String(waiting), String(inFlight), String(delayed)]);
  return `${facts}\n\n${tableOf(COLUMNS, rows, "no queues")}`;
}

function tellExcess({ host, turns, since }: Status["paceExceeded"][number], now: Date): string {
  return `${host} (${turns} turns skipped, since ${ago(since, now)})`;
}
