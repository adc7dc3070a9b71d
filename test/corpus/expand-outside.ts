/** Calendars expanded by libraries that we did not write. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import * as z from "zod";

import { pythonWith } from "../smoke/python.ts";

const Occurrence = z.object({
  uid: z.string(),
  summary: z.string(),
  startUtc: z.string(),
  endUtc: z.string(),
  allDay: z.boolean(),
});
const Expansion = z.object({
  events: z.number(),
  /** By start. */
  occurrences: z.array(Occurrence),
  error: z.string().nullable(),
});
export type Expansion = z.infer<typeof Expansion>;

export type ExpandRequest = {
  readonly ics: string;
  /** UTC instants; without both the events are only counted. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

const PACKAGES = ["icalendar==7.3.0", "recurring-ical-events==3.8.2"];

/** Path of a python that has the libraries, or why there is none here. */
export async function outsidePython(): Promise<{ readonly python: string } | { readonly reason: string }> {
  try {
    return { python: await pythonWith(PACKAGES) };
  } catch (error) {
    const text = String(error);
    // Where the index answers but does not have that version, the list above is wrong and nothing is unreachable.
    if (/from versions: (?!none)/u.test(text)) throw error;
    return { reason: `${PACKAGES.join(", ")} cannot be installed here, wanted python3 with venv and PyPI: ${lastLine(text)}` };
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

/** One answer for each request, in their order. */
export async function expandOutside(python: string, requests: readonly ExpandRequest[]): Promise<readonly Expansion[]> {
  const reader = spawn(python, [join(import.meta.dirname, "expand.py")], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = Readable.from(requests.map((request) => `${JSON.stringify(request)}\n`));
  const [answers] = await Promise.all([readAnswers(reader.stdout), pipeline(lines, reader.stdin)]);
  if (reader.exitCode === null) await once(reader, "exit");
  if (answers.length !== requests.length)
    throw new Error(`the outside library answered ${answers.length} of ${requests.length} calendars`);
  return answers;
}

async function readAnswers(output: Readable): Promise<Expansion[]> {
  const answers: Expansion[] = [];
  for await (const line of createInterface({ input: output })) answers.push(Expansion.parse(JSON.parse(line)));
  return answers;
}
