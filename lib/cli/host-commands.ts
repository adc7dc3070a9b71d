/** `calferry host`: how fast each host is asked, and when not. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import type { BlackoutWindow } from "../contract/blackout.ts";
import { HostPolicy } from "../contract/host.ts";
import type { HostView } from "../contract/time-view.ts";
import { Refusal } from "../core/failure.ts";
import { hostView } from "../core/host-view.ts";
import { shown } from "../core/refusals.ts";
import { setHost } from "../sync/set-host.ts";
import { answer } from "./answer.ts";
import { recordOf, tableOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

type SetOptions = { readonly pace?: string; readonly blackout?: readonly string[] };

const COLUMNS = [
  { head: "HOST", width: 34 },
  { head: "A SECOND", align: "right" as const },
  { head: "WINDOWS", align: "right" as const },
  { head: "NOT BEFORE" },
];
/** `22:00-06:00@Europe/Berlin`, `SA,SU/00:00-24:00@UTC`: the days on which it begins, the time, the zone. */
const WEEKLY = /^(?:(?<days>[A-Z,]+)\/)?(?<from>\d\d:\d\d)-(?<to>\d\d:\d\d)@(?<zone>\S+)$/u;
/** `2026-12-24T00:00:00Z/2026-12-27T00:00:00Z`: once. */
const ONCE = /^(?<from>\d{4}-\S+)\/(?<to>\d{4}-\S+)$/u;

export function addHostCommands(program: Command, terminal: Terminal): void {
  const host = program
    .command("host", { hidden: true })
    .description("how fast each host is asked, and when not: list, show, set")
    .addHelpText("after", "\nExample:\n  calferry host list --local");
  host
    .command("list")
    .description("hosts that were asked or have a policy")
    .addHelpText("after", "\nExample:\n  calferry host list --json")
    .action(async (_options: unknown, command: Command) => {
      const ask = async ({ hosts, now }: Connection): Promise<HostView[]> => {
        const views = [...(await hosts.hosts()).values()].map((each) => hostView(each, now()));
        return views.toSorted((one, other) => (one.host < other.host ? -1 : 1));
      };
      await answer(terminal, command, ask, tellHosts);
    });
  host
    .command("show")
    .argument("<host>", "as in a url")
    .description("one host: pace, windows, cooldown")
    .addHelpText("after", "\nExample:\n  calferry host show calendars.example.org")
    .action(async (name: string, _options: unknown, command: Command) => {
      const ask = async ({ hosts, now }: Connection): Promise<HostView> => hostView(await hosts.host(name), now());
      await answer(terminal, command, ask, tellHost);
    });
  addSet(host, terminal);
}

function addSet(host: Command, terminal: Terminal): void {
  host
    .command("set")
    .argument("<host>", "as in a url, in lower case")
    .description("its whole policy: what is not named is as for everybody again")
    .option("--pace <n>", "starts a second, for the whole stack")
    .option("--blackout <windows...>", "HH:MM-HH:MM@ZONE, DAYS/HH:MM-HH:MM@ZONE, FROM/TO")
    .addHelpText(
      "after",
      "\nExample:\n  calferry host set calendars.example.org --pace 2 \\\n    --blackout 22:00-06:00@Europe/Berlin SA,SU/00:00-24:00@UTC",
    )
    .action(async (name: string, { pace, blackout }: SetOptions, command: Command) => {
      const policy = readInput(
        HostPolicy,
        {
          ...(pace === undefined ? {} : { startsPerSecond: Number(pace) }),
          ...(blackout === undefined ? {} : { blackout: blackout.map(windowOf) }),
        },
        "arguments",
      );
      const ask = async ({ hosts, now }: Connection): Promise<HostView> =>
        hostView(await setHost(name, policy, hosts, now()), now());
      await answer(terminal, command, ask, tellHost);
    });
}

/** Throws `blackout-invalid`; what its parts may be the contract says. */
function windowOf(text: string): object {
  const { days, ...time } = WEEKLY.exec(text)?.groups ?? {};
  if (time["from"] !== undefined) return { kind: "weekly", ...time, ...(days === undefined ? {} : { days: days.split(",") }) };
  const once = ONCE.exec(text)?.groups;
  if (once !== undefined) return { kind: "once", ...once };
  const wanted = "22:00-06:00@Europe/Berlin, SA,SU/00:00-24:00@UTC or FROM/TO";
  const details = { seen: shown(text), wanted };
  throw new Refusal("blackout-invalid", `the window ${shown(text)} cannot be read, wanted ${wanted}`, "write it so", { details });
}

function tellHosts(views: readonly HostView[]): string {
  const rows = views.map(({ host, startsPerSecond, blackout, closedUntil, cooldownUntil }) => [
    host,
    String(startsPerSecond),
    String(blackout.length),
    closedUntil ?? cooldownUntil ?? "-",
  ]);
  return tableOf(COLUMNS, rows, "no host was asked yet");
}

function tellHost(view: HostView): string {
  const windows = view.blackout.map(tellWindow);
  return recordOf({
    host: view.host,
    pace: `${view.startsPerSecond} a second${view.isOwnPace ? "" : ", as for hosts like it"}`,
    windows: windows.length === 0 ? "none" : windows.join(", "),
    "closed until": view.closedUntil,
    "cooling down until": view.cooldownUntil,
    "next free start": view.nextStartAt,
    "skipped turns": view.skippedTurns?.toString(),
  });
}

function tellWindow(window: BlackoutWindow): string {
  if (window.kind === "once") return `${window.from}/${window.to}`;
  const days = window.days.length === 7 ? "" : `${window.days.join(",")}/`;
  return `${days}${window.from}-${window.to}@${window.zone}`;
}
