/** A page of docs as a person would follow it: each block that is marked runs, all in one bash, and prints what stands under it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { SourceServer } from "../deploy/source-server.ts";
import type { OneMachine } from "../smoke/one-machine.ts";
import { same } from "./checks.ts";
import type { Checks } from "./checks.ts";
import { agendaOf, icsOf, later, lesson, weekly, WINDOW } from "./sources.ts";
import type { Lesson } from "./sources.ts";

const DOCS = join(import.meta.dirname, "../../docs");
const BLOCK = /<!-- run -->\n```sh\n(?<script>[^]*?)```\n(?:\n```text\n(?<wanted>[^]*?)```\n)?/gu;
/** What the pages call the host of all sources. */
const SOURCES = "https://calendars.example.com";
const LIMIT_MS = 60_000;
/** The command as `npm link` makes it, on one machine. */
const CALFERRY = `calferry() { '${process.execPath}' '${join(import.meta.dirname, "../../bin/calferry.ts")}' --local "$@"; }`;

const MOVED = "moved@example.com";
const CALENDARS: Readonly<Record<string, readonly Lesson[]>> = {
  "cal-1": [lesson("math@example.com", 2, 10, "Math"), later("end@example.com")],
  "cal-2": [weekly("choir@example.com", 1, 19, "Choir")],
  "cal-3": [lesson(MOVED, 5, 12, "Moved"), lesson("fixed@example.com", 4, 9, "Fixed")],
};
/** What the old sync shows: it has not heard yet that the event moved. */
const OLD: typeof CALENDARS = {
  ...CALENDARS,
  "cal-3": [lesson(MOVED, 3, 12, "Moved"), lesson("fixed@example.com", 4, 9, "Fixed")],
};

type Place = { readonly folder: string; readonly sources: string; readonly machine: OneMachine };
type Block = { readonly script: string; readonly wanted: string };

/** One check for each block; the first that fails ends them, for those after it stand on it. */
export async function followPage(checks: Checks, page: string, machine: OneMachine): Promise<void> {
  const blocks = [...(await readFile(join(DOCS, page), "utf8")).matchAll(BLOCK)].map(({ groups = {} }): Block => ({
    script: groups["script"] ?? "",
    wanted: groups["wanted"] ?? "",
  }));
  const [folder, source] = [await mkdtemp(join(tmpdir(), "calferry-migrate-")), new SourceServer()];
  try {
    const sources = await prepare(folder, source);
    const outputs = await run(blocks, { folder, sources, machine });
    for (const [index, { script, wanted }] of blocks.entries()) {
      const [name = ""] = script.split("\n");
      await checks.see(`${page}, block ${index + 1} of ${blocks.length}: ${name.slice(0, 60)}`, async () => {
        await Promise.resolve();
        compare(outputs[index], wanted);
      });
    }
  } finally {
    source.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The app's own files: what it syncs, and what its old sync would show. */
async function prepare(folder: string, source: SourceServer): Promise<string> {
  const url = await source.listen();
  const bodies = [...Object.keys(CALENDARS), "cal-4"].map((name, index) => ({
    externalId: name,
    name: `Calendar ${index + 1}`,
    source: { kind: "url", url: `${SOURCES}/${name}.ics` },
  }));
  const lines = bodies.map((body) => `${JSON.stringify(body)}\n`).join("");
  await writeFile(join(folder, "calendars.ndjson"), lines.replaceAll(SOURCES, url));
  await mkdir(join(folder, "app"));
  for (const [name, lessons] of Object.entries(CALENDARS)) source.serve(`/${name}.ics`, icsOf(lessons));
  for (const [name, lessons] of Object.entries(OLD)) {
    const shown = agendaOf({ [name]: lessons }).map(({ start, uid }) => `${start.replace(".000", "")} ${uid}\n`);
    await writeFile(join(folder, "app", `${name}.txt`), shown.join(""));
  }
  return url;
}

/** The output of each block that ran to its end. */
async function run(blocks: readonly Block[], place: Place): Promise<readonly string[]> {
  const { folder, sources, machine } = place;
  const [end, script] = ["=== end of block ===", ["set -uo pipefail", CALFERRY]];
  for (const block of blocks) script.push(block.script.replaceAll(SOURCES, sources), `printf '%s\\n' '${end}'`);
  const { url: URL, adminKey: KEY } = machine.machine;
  const env = {
    PATH: process.env["PATH"] ?? "",
    LC_ALL: "C",
    CALFERRY_DIR: machine.folder,
    URL,
    KEY,
    FROM: WINDOW.from,
    TO: WINDOW.to,
  };
  const shell = spawn("bash", [], { cwd: folder, env, stdio: ["pipe", "pipe", "inherit"], timeout: LIMIT_MS });
  const chunks: Buffer[] = [];
  shell.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  shell.stdin.end(script.join("\n"));
  await once(shell, "close");
  return Buffer.concat(chunks).toString().split(`${end}\n`).slice(0, -1);
}

/** Line by line, however wide the gaps are that this system's tools print; `…` stands for anything within a line. */
function compare(output: string | undefined, wanted: string): void {
  if (output === undefined) throw new Error("it did not come to its end");
  const [lines = [], patterns = []] = [output, wanted].map((text) =>
    text.split("\n").map((line) => line.trim().replaceAll(/\s+/gu, " ")),
  );
  const isLike = patterns.every((pattern, index) => {
    const parts = pattern.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`));
    return new RegExp(`^${parts.join(".+")}$`, "u").test(lines[index] ?? "");
  });
  if (!isLike || lines.length !== patterns.length) same("what it prints", output, wanted);
}
