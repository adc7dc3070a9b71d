/** `npm run test:crash`: kill -9 at named points of an import, start again, and see every feed end right without a command. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import * as z from "zod";

import { eventSet } from "../deploy/event-set.ts";
import { TEAM_CALENDAR } from "../deploy/source-calendar.ts";
import { SourceServer } from "../deploy/source-server.ts";
import { EngineProxy } from "./engine-proxy.ts";
import type { Seen } from "./engine-proxy.ts";

const Ready = z.object({ url: z.string(), adminKey: z.string(), tables: z.string(), messages: z.string() });
type Running = { readonly child: ChildProcess; readonly url: string; readonly adminKey: string };
const Made = z.object({ calendarId: z.string() });
const FeedMade = z.object({ link: z.object({ url: z.string() }) });

/** More than one SendMessageBatch holds, so that "half of the export tasks" is a point of its own. */
const FEEDS = 15;
const WAIT_MS = 60_000;

const POINTS: readonly { readonly name: string; readonly hit: (seen: Seen) => boolean }[] = [
  { name: "after the snapshot object", hit: ({ method, path }) => method === "PUT" && path.includes("/snapshots/") },
  {
    name: "after the commit",
    hit: ({ target, body }) => target.endsWith(".UpdateItem") && body.includes("META#CHECKPOINT") && body.includes("changesKey"),
  },
  {
    name: "after half of the export tasks",
    hit: ({ target, body }) => target.endsWith(".SendMessageBatch") && body.split(String.raw`\"export\"`).length - 1 === 10,
  },
];

let passed = 0;
for (const point of POINTS) {
  const began = performance.now();
  try {
    const facts = await crash(point.hit);
    passed += 1;
    console.log(`ok    killed ${point.name}: ${facts} (${Math.round(performance.now() - began)} ms)`);
  } catch (error) {
    console.log(`FAIL  killed ${point.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
console.log(`${passed} passed, ${POINTS.length - passed} failed`);
process.exitCode = passed === POINTS.length ? 0 : 1;

async function crash(hit: (seen: Seen) => boolean): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "calferry-crash-"));
  const [tables, messages, source] = [await EngineProxy.open(), await EngineProxy.open(), new SourceServer()];
  let running: Running | undefined;
  try {
    const body = TEAM_CALENDAR;
    const address = await source.listen();
    source.serve("/calendar.ics", body);
    running = await startMachine(folder, tables, messages);
    const links = await register(running, `${address}/calendar.ics`);
    const { child } = running;
    const dead = once(child, "exit");
    let hits = 0;
    const onDone = (seen: Seen): void => {
      if (!hit(seen)) return;
      hits += 1;
      child.kill("SIGKILL");
    };
    tables.onDone = onDone;
    messages.onDone = onDone;
    child.send("tick");
    await Promise.race([dead, pause(WAIT_MS)]);
    tables.onDone = () => undefined;
    messages.onDone = () => undefined;
    if (hits === 0) throw new Error(`the point was not reached within ${WAIT_MS / 1000} s`);
    running = await startMachine(folder, tables, messages);
    const wanted = eventSet(body).join("\n");
    const feeds = await Promise.all(links.map(async (link) => await feedAt(running?.url ?? "", link)));
    const wrong = feeds.filter((feed) => eventSet(feed).join("\n") !== wanted).length;
    if (wrong > 0) throw new Error(`${wrong} of ${FEEDS} feeds differ from the source`);
    return `${FEEDS} feeds equal the source, ${source.requests.length} requests to it`;
  } finally {
    await stopMachine(running);
    for (const part of [tables, messages, source]) part.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startMachine(folder: string, tables: EngineProxy, messages: EngineProxy): Promise<Running> {
  const child = fork(join(import.meta.dirname, "machine-child.ts"), [folder, tables.url, messages.url], { stdio: "inherit" });
  const [word]: unknown[] = await once(child, "message");
  const ready = Ready.parse(word);
  tables.engine = ready.tables;
  messages.engine = ready.messages;
  return { child, url: ready.url, adminKey: ready.adminKey };
}

async function stopMachine(running: Running | undefined): Promise<void> {
  if (running === undefined || running.child.exitCode !== null || running.child.signalCode !== null) return;
  const gone = once(running.child, "exit");
  running.child.send("stop");
  await gone;
}

/** One calendar, fifteen feeds of it; gives the paths of their links. */
async function register(running: Running, url: string): Promise<string[]> {
  const source = { kind: "url", url };
  const calendar = await ask(running, "/v1/calendars", { name: "Crash", source, intervalMinutes: 5, firstImport: "turn" });
  const { calendarId } = Made.parse(calendar);
  const links: string[] = [];
  for (let index = 0; index < FEEDS; index += 1) {
    const draft = {
      name: `Feed ${index}`,
      members: [{ calendarId }],
      policy: { class: "as-is", people: "keep", alarms: "keep" },
    };
    links.push(new URL(FeedMade.parse(await ask(running, "/v1/feeds", draft)).link.url).pathname);
  }
  return links;
}

async function ask(running: Running, path: string, body: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${running.adminKey}`, "content-type": "application/json" };
  const response = await fetch(running.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${path} answered ${response.status}, expected 2xx: ${await response.text()}`);
  return await response.json();
}

async function feedAt(url: string, link: string): Promise<string> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const response = await fetch(url + link);
    const text = await response.text();
    if (response.status === 200) return text;
    if (performance.now() > end) throw new Error(`a feed still answers ${response.status} after ${WAIT_MS / 1000} s`);
    await pause(200);
  }
}
