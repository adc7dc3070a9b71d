/** What a source is asked with: named by options, its secret from the environment or standard input, never from the command line. */
import type { SourceAuth } from "../contract/calendar.ts";
import { Refusal } from "../core/failure.ts";
import type { Terminal } from "./terminal.ts";

export type AuthOptions = { readonly authHeader?: string; readonly authUser?: string };

/** Other processes of the machine can read a command's arguments. Throws `usage-wrong`. */
export async function readAuth({ authHeader, authUser }: AuthOptions, terminal: Terminal): Promise<SourceAuth | undefined> {
  if (authHeader === undefined && authUser === undefined) return undefined;
  if (authHeader !== undefined && authUser !== undefined) {
    const what = "--auth-header and --auth-user were given, wanted one of them";
    throw new Refusal("usage-wrong", what, "see: calferry calendar add --help");
  }
  const secret =
    terminal.sourceSecret ??
    Buffer.from(await terminal.readInput())
      .toString()
      .replace(/\r?\n$/u, "");
  if (secret === "") {
    const what = "no secret was given, wanted it in CALFERRY_SOURCE_SECRET or on standard input";
    throw new Refusal("usage-wrong", what, "for example: calferry calendar add URL --auth-user NAME < password.txt");
  }
  if (authHeader !== undefined) return { kind: "header", name: authHeader, value: secret };
  return { kind: "basic", user: authUser ?? "", password: secret };
}
