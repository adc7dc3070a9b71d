/** `calferry calendar pause` and `resume`: one calendar, or all of a host or an owner. */
import type { Command } from "commander";

import { Refusal } from "../core/failure.ts";
import { requireNotSuspended } from "../core/owners.ts";
import { pauseCalendar, resumeCalendar } from "../sync/pause-calendar.ts";
import type { PausedBy } from "../sync/pause-calendar.ts";
import { answer } from "./answer.ts";
import { everyPage } from "./every-page.ts";
import type { Connection, Terminal } from "./terminal.ts";

type Options = { readonly host?: string; readonly owner?: string };
type Meant = { readonly by: PausedBy; readonly name: string };
type Report = { readonly changed: readonly string[]; readonly left: readonly string[] };

const WORDS = { pause: "paused", resume: "resumed" } as const;
const DESCRIPTIONS = {
  pause: "no more turns, feeds keep the last good copy; and go on",
  resume: "its turns go on; by host or owner, what was paused so",
} as const;

export function addCalendarPauseCommands(calendar: Command, terminal: Terminal): void {
  for (const verb of ["pause", "resume"] as const) {
    calendar
      .command(verb, { hidden: verb === "resume" })
      .argument("[id]")
      .option("--host <name>", "every calendar of this host, those added later too")
      .option("--owner <name>", "every calendar of this owner, those added later too")
      .description(DESCRIPTIONS[verb])
      .addHelpText("after", `\nExample:\n  calferry calendar ${verb} --host calendar.example.org`)
      .action(async (calendarId: string | undefined, options: Options, command: Command) => {
        const meant = readMeant(calendarId, options, verb);
        const ask = async (connection: Connection): Promise<Report> => await turnAll(verb, meant, connection);
        await answer(terminal, command, ask, (report) => tellReport(report, verb));
      });
  }
}

function readMeant(calendarId: string | undefined, { host, owner }: Options, verb: string): Meant {
  const given: Meant[] = [];
  if (calendarId !== undefined) given.push({ by: "calendar", name: calendarId });
  if (host !== undefined) given.push({ by: "host", name: host });
  if (owner !== undefined) given.push({ by: "owner", name: owner });
  const [meant] = given;
  if (meant !== undefined && given.length === 1) return meant;
  const what = `${given.length} of an id, --host and --owner were given, wanted one of them`;
  throw new Refusal("usage-wrong", what, `see: calferry calendar ${verb} --help`);
}

async function turnAll(verb: "pause" | "resume", { by, name }: Meant, connection: Connection): Promise<Report> {
  const turn = verb === "pause" ? pauseCalendar : resumeCalendar;
  const changed: string[] = [];
  const left: string[] = [];
  await mark(verb, { by, name }, connection);
  for (const calendarId of await calendarsOf({ by, name }, connection)) {
    const outcome = await turn(calendarId, by, connection);
    (outcome === "left" ? left : changed).push(calendarId);
  }
  return { changed, left };
}

/** Calendars that are added later follow it. */
async function mark(verb: "pause" | "resume", { by, name }: Meant, { hosts, ownerRecords, now }: Connection): Promise<void> {
  const at = now().toISOString();
  if (by === "host") await (verb === "pause" ? hosts.pauseHost(name, at) : hosts.resumeHost(name));
  if (by !== "owner") return;
  requireNotSuspended(await ownerRecords.owner(name));
  await (verb === "pause" ? ownerRecords.pauseOwner(name, at) : ownerRecords.endOwnersPause(name));
}

async function calendarsOf({ by, name }: Meant, { calendars }: Connection): Promise<readonly string[]> {
  if (by === "calendar") return [name];
  const all =
    by === "owner"
      ? await everyPage((page) => calendars.list(name, page))
      : (await everyPage((page) => calendars.everyCalendar(page))).filter(({ checkpoint }) => checkpoint.host === name);
  return all.map(({ calendar }) => calendar.calendarId);
}

function tellReport({ changed, left }: Report, verb: "pause" | "resume"): string {
  const lines = [
    ...(changed.length === 0
      ? []
      : [`${WORDS[verb]} ${changed.length === 1 ? changed.join("") : `${changed.length} calendars`}`]),
    ...(left.length === 0 ? [] : [`left ${left.length === 1 ? left.join("") : `${left.length} calendars`} as they were`]),
  ];
  return lines.length === 0 ? "no such calendars" : lines.join("\n");
}
