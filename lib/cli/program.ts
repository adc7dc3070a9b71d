/** The commands of `calferry`, and what they have in common. */
import { readFileSync } from "node:fs";

import { Command, Help } from "commander";

import { addAlertCommands } from "./alert-commands.ts";
import { addBulkCommands } from "./bulk-commands.ts";
import { addCalendarCommands } from "./calendar-commands.ts";
import { addChangesCommands } from "./changes-commands.ts";
import { addCompletionCommands } from "./completion-command.ts";
import { addDlqCommands } from "./dlq-commands.ts";
import { addDownloadCommands } from "./download-commands.ts";
import { addEventCommands } from "./event-commands.ts";
import { addFeedCommands } from "./feed-commands.ts";
import { addHoldCommands } from "./hold-commands.ts";
import { addHostCommands } from "./host-commands.ts";
import { addInspectCommand } from "./inspect-command.ts";
import { addKeyCommands } from "./key-commands.ts";
import { addLinkCommands } from "./link-commands.ts";
import { addMemberCommands } from "./member-commands.ts";
import { addDoctorCommand } from "./doctor-command.ts";
import { addOwnerCommands } from "./owner-commands.ts";
import { addPauseCommands } from "./pause-commands.ts";
import { tellError } from "./tell-error.ts";
import { addRegistryCommands } from "./registry-commands.ts";
import { addReservationCommands } from "./reservation-commands.ts";
import { addStatusCommand } from "./status-command.ts";
import type { Terminal } from "./terminal.ts";
import { addUsageCommand } from "./usage-commands.ts";
import { addTimeCommands } from "./time-commands.ts";

const MANIFEST = new URL("../../package.json", import.meta.url);
const GLOBALS = new Set(["--local", "--stage", "--json"]);
/** Two commands of which one undoes the other take one line of a help that has to fit a screen. */
const PAIRS: Readonly<Record<string, string>> = {
  calendar: "calendar, event",
  add: "add, import",
  set: "set, find, clear",
  sync: "sync, refresh",
  pause: "pause, resume",
  feed: "feed, member, link",
  download: "download, changes",
  status: "status, host, usage",
  bulk: "bulk, owner, registry",
  dlq: "dlq, hold",
  inspect: "inspect, business-day",
  reservation: "reservation, next",
  doctor: "doctor, alert, key",
  "pause-all": "pause-all, resume-all",
};
const USUAL = new Help();

/** Runs one command line. Whatever is refused is one line for standard error, and status 1. */
export async function runCalferry(args: readonly string[], terminal: Terminal): Promise<void> {
  try {
    await createProgram(terminal).parseAsync([...args], { from: "user" });
  } catch (error) {
    const line = tellError(error);
    if (line === "shown") return;
    if (line !== "helped") terminal.complain(line);
    terminal.endWith(1);
  }
}

export function createProgram(terminal: Terminal): Command {
  const program: Command = new Command("calferry")
    .description("calendars in, feeds out; speaks to AWS itself, so it works when the API does not")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.complain(text.trimEnd()),
      // The thrown error has it; it is told like every other.
      outputError: () => undefined,
    })
    .helpCommand(false)
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (command) => PAIRS[command.name()] ?? command.name(),
      visibleOptions: (command) =>
        USUAL.visibleOptions(command).filter(({ long }) => command.commands.length === 0 || GLOBALS.has(long ?? "")),
      visibleGlobalOptions: (command) =>
        (command === program ? [] : program.options).filter(({ long }) => GLOBALS.has(long ?? "")),
    })
    .version(readVersion(), "--version", "print the version")
    .option("--local", "the npm start machine (CALFERRY_DIR, .calferry)")
    .option("--stage <name>", "the stack of that stage in AWS (prod if absent)")
    .option("--json", "print the answer for programs");
  addCalendarCommands(program, terminal);
  addEventCommands(program, terminal);
  addFeedCommands(program, terminal);
  addMemberCommands(program, terminal);
  addLinkCommands(program, terminal);
  addDownloadCommands(program, terminal);
  addHoldCommands(program, terminal);
  addChangesCommands(program, terminal);
  addInspectCommand(program, terminal);
  addStatusCommand(program, terminal);
  addDlqCommands(program, terminal);
  addPauseCommands(program, terminal);
  addDoctorCommand(program, terminal);
  addAlertCommands(program, terminal);
  addKeyCommands(program, terminal);
  addBulkCommands(program, terminal);
  addOwnerCommands(program, terminal);
  addRegistryCommands(program, terminal);
  addUsageCommand(program, terminal);
  addReservationCommands(program, terminal);
  addTimeCommands(program, terminal);
  addHostCommands(program, terminal);
  addCompletionCommands(program);
  return program.addHelpText("after", "\nExample:\n  calferry calendar add https://example.org/team.ics --local --wait");
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(MANIFEST, "utf8"));
  const version = typeof manifest === "object" && manifest !== null ? Reflect.get(manifest, "version") : undefined;
  return String(version);
}
