/**
 * `npm run smoke -- --json FILE.ics`: one calendar end to end on a fresh machine.
 * Prints {"eventsIn","eventsOut","feedUrl","feedFile","status","etag","notModified","requests","ms"}; exit status 1 where the file was refused.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";

import { SourceServer } from "../deploy/source-server.ts";
import { built, OneMachine } from "./one-machine.ts";

const { values, positionals } = parseArgs({ options: { json: { type: "boolean" } }, allowPositionals: true });
const [file] = positionals;
if (file === undefined) {
  process.stderr.write("smoke: usage-wrong: no file was named, wanted one .ics; npm run smoke -- --json FILE.ics\n");
  process.exit(1);
}
const report = await smoke(file);
process.stdout.write(values.json === true ? `${JSON.stringify(report)}\n` : `${JSON.stringify(report, undefined, 2)}\n`);
process.exitCode = report.status === 200 ? 0 : 1;

async function smoke(path: string): Promise<Record<string, unknown> & { status: number }> {
  const began = performance.now();
  const source = new SourceServer();
  const address = await source.listen();
  source.serve("/calendar.ics", await readFile(path));
  const machine = await OneMachine.fresh();
  try {
    const calendarId = await machine.addCalendar(`${address}/calendar.ics`);
    const feedUrl = await machine.addFeed(calendarId);
    await machine.machine.tick();
    const calendar = await machine.settled(calendarId);
    const facts = { feedUrl, requests: source.requests.length, ms: Math.round(performance.now() - began) };
    if (calendar.outcome?.status !== "imported")
      return { eventsIn: 0, eventsOut: 0, status: 503, ...facts, outcome: calendar.outcome };
    const first = await built(feedUrl);
    const text = await first.text();
    const etag = first.headers.get("etag");
    const second = await fetch(feedUrl, { headers: { "if-none-match": etag ?? "" } });
    return {
      eventsIn: calendar.eventCount,
      eventsOut: text.match(/^BEGIN:VEVENT\r$/gmu)?.length ?? 0,
      feedUrl,
      feedFile: await keep(path, text),
      status: first.status,
      etag,
      notModified: second.status,
      requests: source.requests.length,
      ms: Math.round(performance.now() - began),
    };
  } finally {
    await machine.stop();
    source.close();
  }
}

/** The exported feed stays on disk for whoever wants to compare it. */
async function keep(path: string, text: string): Promise<string> {
  const folder = join(process.cwd(), ".calferry", "smoke");
  await mkdir(folder, { recursive: true });
  const kept = join(folder, `${basename(path, ".ics")}-${process.pid}.ics`);
  await writeFile(kept, text);
  return kept;
}
