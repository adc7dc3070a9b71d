#!/usr/bin/env node
/** The terminal: calendars, feeds, dead letters and keys of a stack or of the machine in this folder. */
import { createTerminal } from "../lib/cli/create-terminal.ts";
import { runCalferry } from "../lib/cli/program.ts";

await runCalferry(process.argv.slice(2), createTerminal());
