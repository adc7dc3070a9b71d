/** `calferry hold`: list, show, approve and reject what was kept aside. */
import type { Command } from "commander";

import { listHolds } from "../api/hold-views.ts";
import type { Run } from "../contract/run.ts";
import { calendarIdOf } from "../core/hold.ts";
import type { HoldView } from "../contract/hold-view.ts";
import { unknownHold } from "../core/refusals.ts";
import type { HoldChoice } from "../sync/held-calendar.ts";
import { rejectHold } from "../sync/reject-hold.ts";
import type { HoldDetails } from "../contract/hold-view.ts";
import { answer } from "./answer.ts";
import { tellRun } from "./calendar-views.ts";
import { everyPage } from "./every-page.ts";
import { tellHold, tellHolds } from "./hold-views.ts";
import type { Connection, Terminal } from "./terminal.ts";

export function addHoldCommands(program: Command, terminal: Terminal): void {
  const hold = program
    .command("hold", { hidden: true })
    .description("what was kept aside: list, show, approve, reject")
    .addHelpText("after", "\nExample:\n  calferry hold list --local");
  hold
    .command("list")
    .description("one owner's holds, the oldest first")
    .option("--owner <name>", "whose", "default")
    .addHelpText("after", "\nExample:\n  calferry hold list --json")
    .action(async ({ owner }: { readonly owner: string }, command: Command) => {
      const ask = async ({ calendars }: Connection): Promise<HoldView[]> =>
        await everyPage((page) => listHolds(owner, page, calendars));
      await answer(terminal, command, ask, (views) => tellHolds(views, terminal.now()));
    });
  hold
    .command("show")
    .argument("<id>", "the hold, or its calendar")
    .description("what it would take away: numbers and the first events")
    .addHelpText("after", "\nExample:\n  calferry hold show k3v0q8x2m7c1a5ze.b0d9f2m4q6s8u1w3")
    .action(async (id: string, _options: unknown, command: Command) => {
      await answer(terminal, command, async (connection) => await viewHold(id, connection), tellHold);
    });
  addDecision(hold, terminal, {
    name: "approve",
    description: "apply it now: the events that are gone at the source go",
    decide: async (choice, connection) => {
      const { approveHold } = await import("../sync/approve-hold.ts");
      return await approveHold(choice, connection, connection);
    },
  });
  addDecision(hold, terminal, {
    name: "reject",
    description: "drop it: the last good copy stands, and time never applies this content",
    decide: async (choice, connection) => await rejectHold(choice, connection, connection),
  });
}

type Decision = {
  readonly name: "approve" | "reject";
  readonly description: string;
  readonly decide: (choice: HoldChoice, connection: Connection) => Promise<Run>;
};

function addDecision(hold: Command, terminal: Terminal, { name, description, decide }: Decision): void {
  hold
    .command(name)
    .argument("<id>", "the hold; a newer one of the same calendar is not meant")
    .description(description)
    .addHelpText("after", `\nExample:\n  calferry hold ${name} k3v0q8x2m7c1a5ze.b0d9f2m4q6s8u1w3`)
    .action(async (holdId: string, _options: unknown, command: Command) => {
      const ask = async (connection: Connection): Promise<Run> =>
        await decide({ calendarId: calendarIdOf(holdId), holdId }, connection);
      await answer(terminal, command, ask, tellRun);
    });
}

async function viewHold(id: string, connection: Connection): Promise<HoldDetails> {
  // Loaded here: it reads calendars, and the other commands should not wait for that.
  const { showHold } = await import("../sync/show-hold.ts");
  const calendarId = calendarIdOf(id);
  const details = await showHold(calendarId, connection, connection.now());
  const isMeant = id === calendarId || details?.holdId === id;
  if (details === undefined || !isMeant) throw unknownHold(calendarId, id, details?.holdId);
  return details;
}
