/** The text of a file, or of standard input, and the JSON in it. */
import { promises as files } from "node:fs";

import { Refusal } from "../core/failure.ts";
import { shown } from "../core/refusals.ts";
import type { Terminal } from "./terminal.ts";

/** `-` is standard input. Throws `file-unreadable`. */
export async function readText(file: string, terminal: Pick<Terminal, "readInput">): Promise<string> {
  if (file === "-") return Buffer.from(await terminal.readInput()).toString();
  try {
    return await files.readFile(file, "utf8");
  } catch (cause) {
    const seen = cause instanceof Error && "code" in cause ? String(cause.code) : "an unknown error";
    const what = `file ${shown(file)} gave ${seen}, wanted a readable file`;
    throw new Refusal("file-unreadable", what, "check path and permissions, or give -", { cause });
  }
}

/** The text itself where it is no JSON: a schema refuses that with its own words. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
