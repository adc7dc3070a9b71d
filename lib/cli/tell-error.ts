/** Errors as one line: code, what was seen and wanted, the next step; never a secret. */
import { CommanderError } from "commander";

import { Refusal, ServiceUnavailable } from "../core/failure.ts";
import { maskUrl } from "../core/source-url.ts";

/** `shown`: help or version was asked for and printed; `helped`: a command was missing and the help stands in for it. */
export function tellError(error: unknown): string {
  if (error instanceof CommanderError) return tellUsage(error);
  if (error instanceof Refusal) return tellLine(error.code, error.message);
  if (error instanceof ServiceUnavailable) {
    const [what = "AWS did not answer"] = error.message.split(";");
    return tellLine(error.code, `${what}; try again in a minute`);
  }
  const what = error instanceof Error ? `${error.name}: ${error.message}` : "an unknown error";
  return tellLine("internal-error", `${what}; check the AWS permissions, else report it with the command that was run`);
}

function tellUsage({ code, message, exitCode }: CommanderError): string {
  if (code === "commander.helpDisplayed" || code === "commander.version") return "shown";
  if (code === "commander.help") return exitCode === 0 ? "shown" : "helped";
  const what = message.replace(/^error: /u, "").replace(/\.?\s*$/u, "");
  return tellLine("usage-wrong", `${what}; see: calferry --help`);
}

/** One line whatever the sentence holds; a URL in it keeps scheme and host alone. */
export function tellLine(code: string, sentence: string): string {
  const line = `calferry: ${code}: ${sentence}`;
  return line.replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"']+/giu, masked).replaceAll(/\p{Cc}+/gu, " ");
}

function masked(text: string): string {
  const url = URL.parse(text);
  return url === null ? "(masked)" : maskUrl(url);
}
