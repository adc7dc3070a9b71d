/** Errors as one line: code, what was seen and wanted, the next step; never a secret. */
import { CommanderError } from "commander";

import { Refusal, ServiceUnavailable } from "../core/failure.ts";
import { maskUrl } from "../core/source-url.ts";

export type Told = { readonly code: string; readonly sentence: string };

/** `shown`: help or version was asked for and printed; `helped`: a command was missing and the help stands in for it. */
export function tellError(error: unknown): string {
  if (error instanceof CommanderError && !error.message.startsWith("error:")) return error.exitCode === 0 ? "shown" : "helped";
  const { code, sentence } = sentenceOf(error);
  return tellLine(code, sentence);
}

/** Any error as code and one sentence. */
export function sentenceOf(error: unknown): Told {
  if (error instanceof Refusal) return { code: error.code, sentence: error.message };
  if (error instanceof ServiceUnavailable) {
    const [what = "AWS did not answer"] = error.message.split(";");
    return { code: error.code, sentence: `${what}; try again in a minute` };
  }
  if (error instanceof CommanderError) {
    const what = error.message.replace(/^error: /u, "").replace(/\.?\s*$/u, "");
    return { code: "usage-wrong", sentence: `${masked(what)}; see: calferry --help` };
  }
  const what = error instanceof Error ? `${error.name}: ${error.message}` : "an unknown error";
  return {
    code: "internal-error",
    sentence: `${masked(what)}; check the AWS permissions, else report it with the command that was run`,
  };
}

/** One line whatever the sentence holds. */
export function tellLine(code: string, sentence: string): string {
  return `calferry: ${code}: ${sentence}`.replaceAll(/\p{Cc}+/gu, " ");
}

/** The words of others may hold a feed's URL: of each, scheme and host alone. */
export function masked(text: string): string {
  return text.replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"']+/giu, (found) => {
    const url = URL.parse(found);
    return url === null ? "(masked)" : maskUrl(url);
  });
}
