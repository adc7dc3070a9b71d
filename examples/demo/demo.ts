/** `npm run demo`: the life of one failure on a machine of its own, told line by line. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import * as z from "zod";

import { start } from "../../lib/local/machine.ts";
import type { Machine } from "../../lib/local/machine.ts";
import { Stage } from "./stage.ts";

const Outcome = z.object({ status: z.string(), code: z.string().optional(), reason: z.string().optional() });
const Calendar = z.object({ calendarId: z.string(), eventCount: z.number(), outcome: Outcome.optional() });
const FeedMade = z.object({ link: z.object({ url: z.string() }) });
const Letter = z.object({ letterId: z.string(), code: z.string(), count: z.number(), state: z.string() });
const Letters = z.object({ items: z.array(Letter) });

const PATIENCE_MS = 40_000;

const began = performance.now();
const folder = await mkdtemp(join(tmpdir(), "calferry-demo-"));
const stage = await Stage.open();
tell("one machine starts: queues, table, bucket, schedules and six functions, in this process");
const machine = await start({ dir: folder, port: 0, ticks: "manual", env: { ALERT_WEBHOOK: `${stage.url}/webhook` } });
try {
  await play(machine, stage);
} finally {
  await machine.stop();
  await stage.close();
  await rm(folder, { recursive: true, force: true });
}

async function play(on: Machine, source: Stage): Promise<void> {
  const body = {
    name: "Choir",
    source: { kind: "url", url: `${source.url}/choir.ics` },
    intervalMinutes: 5,
    firstImport: "turn",
  };
  const { calendarId } = Calendar.parse(await ask(on, "POST", "/v1/calendars", body));
  const { link } = FeedMade.parse(await ask(on, "POST", "/v1/feeds", { name: "Choir", members: [{ calendarId }] }));
  tell("a calendar is registered and a feed made of it; the minute's tick finds its turn");
  await on.tick();
  const imported = await until("the import", async () => {
    const calendar = Calendar.parse(await ask(on, "GET", `/v1/calendars/${calendarId}`));
    return calendar.outcome === undefined ? undefined : calendar;
  });
  const before = await until("the feed", async () => await feedAt(link.url));
  tell(`imported ${imported.eventCount} events; the feed answers 200 with ETag ${before.etag}`);

  source.breakDown();
  tell("the source breaks: every request is answered 404 from now on");
  await ask(on, "POST", `/v1/calendars/${calendarId}/sync`);
  const letter = await until("the dead letter", async () => (await letters(on, "open"))[0]);
  tell(`dead letter ${letter.letterId}: ${letter.code}, not tried again, for a 404 does not heal by asking`);
  const alert = await until("the alert", async () => await Promise.resolve(source.alerts[0]));
  for (const line of alert.split("\n")) tell(`  alert | ${line}`);
  const during = await feedAt(link.url);
  tell(`subscribers notice nothing: 200, ETag ${during?.etag === before.etag ? "unchanged" : "MOVED"}, ${during?.events} events`);

  source.mend();
  tell("the source is mended, and one rehearsal has moved in the meantime");
  await ask(on, "POST", `/v1/letters/${encodeURIComponent(letter.letterId)}/replay`);
  tell("an operator replays the letter: its task goes out on the urgent lane");
  const resolved = await until("the letter's end", async () =>
    (await letters(on, "resolved")).find(({ letterId }) => letterId === letter.letterId),
  );
  tell(`the letter is ${resolved.state}; its history is kept for ninety days`);
  const after = await until("the new feed", async () => {
    const feed = await feedAt(link.url);
    return feed === undefined || feed.etag === before.etag ? undefined : feed;
  });
  tell(`recovered: the feed has a new ETag ${after.etag} and ${after.events} events, one of them changed, none lost`);
}

function tell(line: string): void {
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${line}`);
}

async function ask(on: Machine, method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${on.adminKey}`, "content-type": "application/json" };
  const response = await fetch(on.url + path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}, expected 2xx: ${await response.text()}`);
  return await response.json();
}

async function letters(on: Machine, state: string): Promise<z.infer<typeof Letter>[]> {
  return Letters.parse(await ask(on, "GET", `/v1/letters?state=${state}`)).items;
}

async function feedAt(url: string): Promise<{ etag: string; events: number } | undefined> {
  const response = await fetch(url);
  const text = await response.text();
  if (response.status !== 200) return undefined;
  return { etag: response.headers.get("etag") ?? "none", events: text.split("BEGIN:VEVENT").length - 1 };
}

async function until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what} did not come within ${PATIENCE_MS / 1000} s`);
    await pause(100);
  }
}
