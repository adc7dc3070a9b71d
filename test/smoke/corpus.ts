/**
 * `npm run test:smoke -- CORPUS [--files N]`: N files of the corpus (malformed ones left out, spread evenly) go through one machine;
 * an outside parser compares the events of each exported feed with its source. One JSON line, then the unequal ones; an unequal one that
 * explained.json does not explain fails the run.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

import * as z from "zod";

import { SourceServer } from "../deploy/source-server.ts";
import explanations from "./explained.json" with { type: "json" };
import { built, OneMachine } from "./one-machine.ts";
import { pythonWith } from "./python.ts";

const Manifest = z.array(z.object({ path: z.string(), kind: z.string() }));
const Comparison = z.object({
  source: z.string(),
  equal: z.boolean(),
  missing: z.array(z.string()),
  added: z.array(z.string()),
  error: z.string().nullable(),
});
type Comparison = z.infer<typeof Comparison>;
type Export = { readonly source: string; readonly feed: string | undefined; readonly outcome: string };

const { values, positionals } = parseArgs({ options: { files: { type: "string", default: "100" } }, allowPositionals: true });
const corpus = resolve(positionals[0] ?? "../shared/corpus");
const python = await pythonWith(["icalendar==7.3.0"]).catch((error: unknown) => {
  process.stdout.write(`the outside parser is not to be had: ${String(error).split("\n")[0]}\n0 passed, 0 failed, 1 skipped\n`);
  process.exit(0);
});
const began = performance.now();
const exports = await exportAll(await choose(corpus, Number(values.files)));
const compared = await compare(exports.flatMap(({ source, feed }) => (feed === undefined ? [] : [[source, feed]])));
const refused = exports.filter(({ feed }) => feed === undefined);
const explained = z.record(z.string(), z.string()).parse(explanations);
const reasonOf = ({ source }: { readonly source: string }): string | undefined =>
  explained[relative(join(corpus, "files"), source)];
const unequal = compared.filter(({ equal }) => !equal);
const unexplained = [...unequal, ...refused].filter((row) => reasonOf(row) === undefined);
const summary = {
  files: exports.length,
  equal: compared.filter(({ equal }) => equal).length,
  explained: unequal.length + refused.length - unexplained.length,
  unexplained: unexplained.length,
  ms: Math.round(performance.now() - began),
};
process.stdout.write(`${JSON.stringify(summary)}\n`);
for (const row of [...unequal, ...refused]) {
  process.stdout.write(`${JSON.stringify({ ...row, source: relative(corpus, row.source), why: reasonOf(row) })}\n`);
}
process.exitCode = unexplained.length > 0 ? 1 : 0;

async function choose(folder: string, count: number): Promise<string[]> {
  const manifest = Manifest.parse(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")));
  const files = manifest.filter(({ kind }) => kind !== "malformed").map(({ path }) => join(folder, path));
  const step = Math.max(1, files.length / count);
  return Array.from({ length: Math.min(count, files.length) }, (_, index) => files[Math.floor(index * step)] ?? "");
}

/** Each file is served under a port of its own, for a host's pace is kept by host and port. */
async function exportAll(files: readonly string[]): Promise<Export[]> {
  const folder = join(process.cwd(), ".calferry", "smoke");
  await mkdir(folder, { recursive: true });
  const machine = await OneMachine.fresh();
  const sources: SourceServer[] = [];
  try {
    const added: { file: string; calendarId: string; feedUrl: string }[] = [];
    for (const file of files) {
      const source = new SourceServer();
      sources.push(source);
      const address = await source.listen();
      source.serve("/calendar.ics", await readFile(file));
      const calendarId = await machine.addCalendar(`${address}/calendar.ics`);
      added.push({ file, calendarId, feedUrl: await machine.addFeed(calendarId) });
    }
    await machine.machine.tick();
    const results: Export[] = [];
    for (const [index, { file, calendarId, feedUrl }] of added.entries()) {
      const { outcome } = await machine.settled(calendarId);
      if (outcome?.status !== "imported") {
        results.push({ source: file, feed: undefined, outcome: `${outcome?.code}: ${outcome?.reason}` });
        continue;
      }
      const feed = join(folder, `corpus-${index}.ics`);
      await writeFile(feed, await (await built(feedUrl)).text());
      results.push({ source: file, feed, outcome: "imported" });
    }
    return results;
  } finally {
    await machine.stop();
    for (const source of sources) source.close();
  }
}

async function compare(pairs: readonly (readonly string[])[]): Promise<Comparison[]> {
  const reader = spawn(python, [join(import.meta.dirname, "event-set.py")], { stdio: ["pipe", "pipe", "inherit"] });
  const answers: Comparison[] = [];
  const lines = createInterface({ input: reader.stdout });
  reader.stdin.end(pairs.map((pair) => JSON.stringify(pair)).join("\n"));
  for await (const line of lines) answers.push(Comparison.parse(JSON.parse(line)));
  if (reader.exitCode === null) await once(reader, "exit");
  if (answers.length !== pairs.length) throw new Error(`the outside parser answered ${answers.length} of ${pairs.length} pairs`);
  return answers;
}
