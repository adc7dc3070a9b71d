/** `npm run test:crash`: kill -9 at named points of an import, start again, and see every feed end right without a command. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import * as z from "zod";

import { eventSet } from "../deploy/event-set.ts";
import { TEAM_CALENDAR } from "../deploy/source-calendar.ts";
import { SourceServer } from "../deploy/source-server.ts";
import type { Seen } from "./engine-proxy.ts";
import { askMachine, KillableMachine } from "./killable-machine.ts";
import type { Running } from "./killable-machine.ts";

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
  const [machine, source] = [await KillableMachine.open(folder), new SourceServer()];
  try {
    const address = await source.listen();
    source.serve("/calendar.ics", TEAM_CALENDAR);
    const links = await register(await running(machine), `${address}/calendar.ics`);
    let hits = 0;
    machine.watch({
      onAsked: () => "pass",
      onDone: (seen) => {
        if (!hit(seen)) return;
        hits += 1;
        machine.kill();
      },
    });
    machine.tick();
    await Promise.race([machine.ended(), pause(WAIT_MS)]);
    if (hits === 0) throw new Error(`the point was not reached within ${WAIT_MS / 1000} s`);
    machine.watch({ onAsked: () => "pass", onDone: () => undefined });
    const { url } = await running(machine);
    const wanted = eventSet(TEAM_CALENDAR).join("\n");
    const feeds = await Promise.all(links.map(async (link) => await feedAt(url, link)));
    const wrong = feeds.filter((feed) => eventSet(feed).join("\n") !== wanted).length;
    if (wrong > 0) throw new Error(`${wrong} of ${FEEDS} feeds differ from the source`);
    return `${FEEDS} feeds equal the source, ${source.requests.length} requests to it`;
  } finally {
    await machine.close();
    source.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function running(machine: KillableMachine): Promise<Running> {
  const started = await machine.start();
  if (started === undefined) throw new Error("the machine was killed before it answered, wanted it up");
  return started;
}

/** One calendar, fifteen feeds of it; gives the paths of their links. */
async function register(machine: Running, url: string): Promise<string[]> {
  const draft = { name: "Crash", source: { kind: "url", url }, intervalMinutes: 5, firstImport: "turn" };
  const { calendarId } = Made.parse(await askMachine(machine, "POST", "/v1/calendars", JSON.stringify(draft)));
  const policy = { class: "as-is", people: "keep", alarms: "keep" };
  const links: string[] = [];
  for (let index = 0; index < FEEDS; index += 1) {
    const feed = { name: `Feed ${index}`, members: [{ calendarId }], policy };
    const { link } = FeedMade.parse(await askMachine(machine, "POST", "/v1/feeds", JSON.stringify(feed)));
    links.push(new URL(link.url).pathname);
  }
  return links;
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
