/** `calferry owner`: show, suspend, resume and erase everything that is one owner's. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { EraseRequest } from "../contract/owner.ts";
import type { EraseReport, OwnerPart, OwnerReport, OwnerView } from "../contract/owner.ts";
import { ownerView, requireConfirmed } from "../core/owners.ts";
import { countOwned } from "../sync/count-owned.ts";
import { eraseOwner } from "../sync/erase-owner.ts";
import { resumeOwner, suspendOwner } from "../sync/suspend-owner.ts";
import { answer } from "./answer.ts";
import { tellItems } from "./bulk-views.ts";
import { beginLongRun } from "./long-run.ts";
import type { LongRun } from "./long-run.ts";
import { recordOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";
import { addQuotaCommand } from "./usage-commands.ts";

type PartOptions = { readonly dryRun?: boolean };
type EraseOptions = PartOptions & { readonly confirm?: string };
type AskPart = (asked: OwnerPart & { readonly ownerId: string }, connection: Connection) => Promise<OwnerReport>;

/** As when Ctrl-C ends a process. */
const CANCELLED = 130;
const NAMES = 5;
const LOOK_MS = 5000;

export function addOwnerCommands(program: Command, terminal: Terminal): void {
  const owner = program
    .command("owner", { hidden: true })
    .description("an owner as a whole: show, suspend, resume, erase")
    .addHelpText("after", "\nExample:\n  calferry owner suspend team-a --dry-run");
  owner
    .command("show")
    .argument("<owner>", "whose")
    .description("whether it is active, suspended or being erased")
    .addHelpText("after", "\nExample:\n  calferry owner show team-a")
    .action(async (ownerId: string, _options: unknown, command: Command) => {
      const ask = async ({ ownerRecords }: Connection): Promise<OwnerView> =>
        ownerView(ownerId, await ownerRecords.owner(ownerId));
      await answer(terminal, command, ask, tellOwner);
    });
  addPart(owner, "suspend", "refuse its keys and pause its calendars; feeds go on", terminal, async (asked, connection) => {
    return await suspendOwner(asked, connection, connection);
  });
  addPart(owner, "resume", "take its keys again and resume what paused with it", terminal, async (asked, connection) => {
    return await resumeOwner(asked, connection);
  });
  addErase(owner, terminal);
  addQuotaCommand(owner, terminal);
}

function addPart(owner: Command, name: string, description: string, terminal: Terminal, ask: AskPart): void {
  owner
    .command(name)
    .argument("<owner>", "whose")
    .description(description)
    .option("--dry-run", "say what would be done")
    .addHelpText("after", `\nExample:\n  calferry owner ${name} team-a`)
    .action(async (ownerId: string, { dryRun = false }: PartOptions, command: Command) => {
      await answer(
        terminal,
        command,
        async (connection) => await everyPart({ ownerId, dryRun }, ask, terminal, connection),
        tellParts,
      );
    });
}

async function everyPart(
  asked: { readonly ownerId: string; readonly dryRun: boolean },
  ask: AskPart,
  terminal: Terminal,
  connection: Connection,
): Promise<OwnerReport> {
  const course = beginLongRun(terminal, undefined, undefined, "calendars");
  let report = await ask(asked, connection);
  await course.passed(report.seen);
  while (report.cursor !== undefined && !course.isCancelled()) {
    const next = await ask({ ...asked, cursor: report.cursor }, connection);
    await course.passed(next.seen);
    report = { ...next, items: [...report.items, ...next.items], seen: report.seen + next.seen };
  }
  course.end();
  if (report.cursor !== undefined) terminal.endWith(CANCELLED);
  return report;
}

function addErase(owner: Command, terminal: Terminal): void {
  owner
    .command("erase")
    .argument("<owner>", "whose")
    .description("delete all that is stored of it, for good; takes 15 min or more")
    .option("--dry-run", "count what there is")
    .option("--confirm <owner>", "the same name once more")
    .addHelpText("after", "\nExample:\n  calferry owner erase team-a --confirm team-a")
    .action(async (ownerId: string, options: EraseOptions, command: Command) => {
      const { dryRun, confirm } = readInput(EraseRequest, options, "arguments");
      if (!dryRun) requireConfirmed(ownerId, confirm);
      const ask = async (connection: Connection): Promise<EraseReport> => {
        const course = beginLongRun(terminal, undefined, undefined, "things");
        const report = await eraseAll({ ownerId, confirm, dryRun }, course, { ...connection, now: terminal.now });
        course.end();
        if (report.state !== "erased" && report.state !== "counted") terminal.endWith(CANCELLED);
        return report;
      };
      await answer(terminal, command, ask, tellErasure);
    });
}

/** To its end, with the wait in it; Ctrl-C breaks it off between two parts, and the same command goes on there. */
async function eraseAll(
  asked: { readonly ownerId: string; readonly confirm: string | undefined; readonly dryRun: boolean },
  course: LongRun,
  connection: Connection,
): Promise<EraseReport> {
  const { ownerId, dryRun } = asked;
  const next = async (cursor?: string): Promise<EraseReport> =>
    dryRun ? await countOwned({ ownerId, cursor }, connection) : await eraseOwner(asked, connection, connection);
  let report = await next();
  await course.passed(totalOf(report));
  while (report.state !== "erased" && report.state !== "counted" && !course.isCancelled()) {
    if (report.state === "settling") await course.wait(LOOK_MS);
    const part = await next(report.cursor);
    await course.passed(totalOf(part));
    report = { ...part, counts: sumOf(report.counts, part.counts), names: [...report.names, ...part.names].slice(0, NAMES) };
  }
  return report;
}

function totalOf({ counts }: EraseReport): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function sumOf(one: EraseReport["counts"], other: EraseReport["counts"]): Record<string, number> {
  const kinds = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(kinds.map((kind) => [kind, (one[kind] ?? 0) + (other[kind] ?? 0)]));
}

function tellOwner({ ownerId, state, since }: OwnerView): string {
  return recordOf({ owner: ownerId, state, since });
}

function tellParts({ owner, items, dryRun, cursor }: OwnerReport): string {
  return [tellOwner(owner), tellItems({ items, dryRun, cursor }, "it has no calendars")].join("\n\n");
}

function tellErasure({ ownerId, state, until, counts, names, dryRun }: EraseReport): string {
  const kinds = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  const first = names.slice(0, NAMES).join(", ");
  const facts = { owner: ownerId, state, until, things: kinds.length === 0 ? "none" : kinds.join(", ") };
  const lines = [recordOf({ ...facts, "first names": first === "" ? undefined : first })];
  if (dryRun) lines.push(`nothing was changed; erase it with: calferry owner erase ${ownerId} --confirm ${ownerId}`);
  else if (state !== "erased") lines.push("broken off: the same command goes on from there");
  return lines.join("\n");
}
