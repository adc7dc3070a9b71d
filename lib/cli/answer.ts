/** The one way a connected command runs: find the deployment, ask, print for people or programs. */
import type { Command } from "commander";

import type { Connection, Globals, Terminal } from "./terminal.ts";

/** `tell` gives the lines for people; with --json the result itself is printed. */
export async function answer<Result>(
  terminal: Terminal,
  command: Command,
  ask: (connection: Connection) => Promise<Result>,
  tell: (result: Result) => string,
): Promise<void> {
  const globals = command.optsWithGlobals<Globals>();
  const result = await ask(await terminal.connect(globals));
  terminal.print(globals.json === true ? JSON.stringify(result, undefined, 2) : tell(result));
}
