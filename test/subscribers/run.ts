/**
 * `npm run test:subscribers`: one machine publishes the three sample calendars as one feed; vdirsyncer and khal, as Debian ships them,
 * subscribe to it. What they list is compared with the sample files as an outside library expands them.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expandOutside, outsidePython } from "../corpus/expand-outside.ts";
import { SourceServer } from "../deploy/source-server.ts";
import { built, OneMachine, until } from "../smoke/one-machine.ts";
import { missingSubscribers } from "./debian.ts";
import { Subscriber } from "./subscriber.ts";

const SAMPLES = join(import.meta.dirname, "..", "..", "examples", "calendars");
const [FROM, TO] = ["2026-11-01", "2027-03-01"];
const EDITED = { file: "team.ics", title: "Release 2.4", becomes: "Release 2.5" };

type Check = { readonly name: string; readonly fault: string | undefined };
const checks: Check[] = [];

const outside = await outsidePython();
const reason = "reason" in outside ? outside.reason : await missingSubscribers();
if ("reason" in outside || reason !== undefined) {
  console.log(`skipped: ${reason ?? ""}`);
  console.log("0 passed, 0 failed, 1 skipped");
} else {
  const home = await mkdtemp(join(tmpdir(), "calferry-subscriber-"));
  const source = new SourceServer();
  const machine = await OneMachine.fresh();
  try {
    await play(outside.python, source, machine, home);
  } finally {
    await machine.stop();
    source.close();
    await rm(home, { recursive: true, force: true });
  }
  const failed = checks.filter(({ fault }) => fault !== undefined);
  console.log(`${checks.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) process.exitCode = 1;
}

async function play(python: string, source: SourceServer, machine: OneMachine, home: string): Promise<void> {
  const samples = await readSamples();
  const wanted = await occurrencesOf(python, [...samples.values()]);
  const { feedUrl, calendarIds } = await publish(samples, source, machine);
  const subscriber = await Subscriber.of(feedUrl, home);

  const copied = await subscriber.sync();
  const items = await subscriber.items();
  check("vdirsyncer copies every item of the feed", copied.length === items.size && items.size > 0, `${copied.length} copies`);
  checkSame(
    "the items that vdirsyncer keeps have the source's occurrences",
    await occurrencesOf(python, [...items.values()]),
    wanted,
  );
  checkSame("khal lists the source's occurrences", await khalOccurrences(subscriber), wanted);

  const again = await subscriber.sync();
  check("a second sync copies and deletes nothing", again.length === 0, again.join("; "));
  const same = await subscriber.items();
  check("a second sync leaves every item as it was", changed(items, same).length === 0, changed(items, same).join(", "));

  await edit(samples, source, machine, { feedUrl, calendarId: calendarIds.get(EDITED.file) ?? "" });
  await subscriber.sync();
  const edited = await subscriber.items();
  const touched = changed(same, edited).map((name) => titleOf(same.get(name) ?? edited.get(name) ?? ""));
  check("one edited title changes exactly that item", isSame(touched, [EDITED.title, EDITED.becomes]), touched.join(", "));
  const renamed = wanted.map((line) => line.replace(EDITED.title, EDITED.becomes));
  checkSame("khal lists the edited title and all else as before", await khalOccurrences(subscriber), renamed);
}

async function readSamples(): Promise<Map<string, string>> {
  const names = (await readdir(SAMPLES)).filter((name) => name.endsWith(".ics")).toSorted();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(SAMPLES, name), "utf8")] as const)));
}

type Published = { readonly feedUrl: string; readonly calendarIds: ReadonlyMap<string, string> };

/** The samples in one feed, once it holds the events of all of them. */
async function publish(samples: ReadonlyMap<string, string>, source: SourceServer, machine: OneMachine): Promise<Published> {
  const address = await source.listen();
  const calendarIds = new Map<string, string>();
  for (const [name, body] of samples) {
    source.serve(`/${name}`, body);
    calendarIds.set(name, await machine.addCalendar(`${address}/${name}`));
  }
  const feedUrl = await machine.addFeed(...calendarIds.values());
  await machine.machine.tick();
  const events = [...samples.values()].map(countEvents).reduce((sum, count) => sum + count, 0);
  await feedWith(feedUrl, (text) => countEvents(text) === events);
  return { feedUrl, calendarIds };
}

async function edit(
  samples: ReadonlyMap<string, string>,
  source: SourceServer,
  machine: OneMachine,
  { feedUrl, calendarId }: { readonly feedUrl: string; readonly calendarId: string },
): Promise<void> {
  source.serve(`/${EDITED.file}`, (samples.get(EDITED.file) ?? "").replace(EDITED.title, EDITED.becomes));
  await machine.syncNow(calendarId);
  await feedWith(feedUrl, (text) => text.includes(EDITED.becomes));
}

async function feedWith(feedUrl: string, isThere: (text: string) => boolean): Promise<void> {
  await until("the feed with all that it must show", async () => {
    const text = await (await built(feedUrl)).text();
    return isThere(text) ? text : undefined;
  });
}

function countEvents(ics: string): number {
  return ics.match(/^BEGIN:VEVENT\r?$/gmu)?.length ?? 0;
}

/** `start|end|all-day|title` to the minute, in UTC; the form in which khal can be compared. */
async function occurrencesOf(python: string, calendars: readonly string[]): Promise<readonly string[]> {
  const window = { from: `${FROM}T00:00:00Z`, to: `${TO}T00:00:00Z` };
  const expansions = await expandOutside(
    python,
    calendars.map((ics) => ({ ics, ...window })),
  );
  const error = expansions.find((expansion) => expansion.error !== null)?.error;
  if (error !== undefined) throw new Error(`the outside library cannot read a calendar: ${error}`);
  return expansions
    .flatMap(({ occurrences }) => occurrences)
    .map(({ startUtc, endUtc, allDay, summary }) => {
      const shown = (instant: string): string => instant.slice(0, allDay ? 10 : 16);
      return [shown(startUtc), shown(endUtc), allDay, summary].join("|");
    })
    .toSorted();
}

async function khalOccurrences(subscriber: Subscriber): Promise<readonly string[]> {
  const listed = await subscriber.list(FROM, TO);
  return listed
    .filter(({ start }) => start >= FROM && start < TO)
    .map(({ start, end, allDay, title }) => [start, allDay ? dayAfter(end) : end, allDay, title].join("|"))
    .toSorted();
}

function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** Names of the items that were added, removed or written anew. */
function changed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}

function titleOf(item: string): string {
  return /^SUMMARY[^:]*:(.*?)\r?$/mu.exec(item)?.[1] ?? "";
}

function isSame(got: readonly string[], wanted: readonly string[]): boolean {
  return got.toSorted().join("\n") === wanted.toSorted().join("\n");
}

function checkSame(name: string, got: readonly string[], wanted: readonly string[]): void {
  const added = got.find((line) => !wanted.includes(line)) ?? "none";
  const missing = wanted.find((line) => !got.includes(line)) ?? "none";
  check(
    `${name} (${wanted.length})`,
    wanted.length > 0 && isSame(got, wanted),
    `got ${got.length}; added: ${added}; missing: ${missing}`,
  );
}

function check(name: string, passed: boolean, seen: string): void {
  checks.push({ name, fault: passed ? undefined : seen });
  console.log(passed ? `ok    ${name}` : `FAIL  ${name}: ${seen}`);
}
