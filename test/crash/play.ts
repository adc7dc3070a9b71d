/** Plays the script on one machine: rounds of changes, asked for as an app does, until all is quiet; then takes what can be seen. */
import { setTimeout as pause } from "node:timers/promises";

import { Run } from "../../lib/contract/run.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import type { Receiver } from "../sim/receiver.ts";
import type { Keeper } from "./keeper.ts";
import type { Killer } from "./killer.ts";
import type { Observation, Records } from "./observation.ts";
import { receivedBy } from "./receive-changes.ts";
import { contentAt, versionsBy } from "./script.ts";
import type { Sources } from "./sources.ts";
import type { Stage, StagedCalendar } from "./stage.ts";

export type Play = {
  readonly rounds: number;
  readonly aheadMs: number;
  readonly stage: Stage;
  readonly sources: Sources;
};

/** What one run leaves. */
export type Evidence = {
  readonly records: Records;
  readonly depths: Readonly<Record<string, number>>;
  /** Bytes by feed, as a subscriber gets them. */
  readonly feeds: ReadonlyMap<string, string>;
  readonly snapshots: ReadonlyMap<string, Snapshot>;
  readonly receiver: Receiver;
  /** Runs that the API accepted. */
  readonly accepted: readonly string[];
};

/** Follow-ups of the API and tasks put off wait for a minute, feeds for a quarter of one. */
const QUIET_MS = 150_000;
const LAST_KILLS_MS = 180_000;
/** Kills that wait for the exports of the last round. */
const KILLS_AT_END = 0.1;
const TICK_EVERY_MS = 1000;

export async function play({ rounds, aheadMs, stage, sources }: Play, keeper: Keeper, killer: Killer): Promise<Evidence> {
  const accepted: string[] = [];
  const inRounds = Math.round(killer.wanted * (1 - KILLS_AT_END));
  for (let round = 1; round <= rounds; round += 1) {
    sources.play(stage.calendars, round, aheadMs);
    killer.allow(Math.round((inRounds * round) / rounds));
    keeper.machine.tick();
    const asked = stage.calendars.map(async (calendar) => {
      if (calendar.kind === "url" && round <= (calendar.busyIn ?? round)) accepted.push(await syncNow(calendar, keeper));
      else if (calendar.changes.includes(round)) await push(calendar, round, aheadMs, keeper);
    });
    await Promise.all(asked);
    await awaitVersions(
      stage.calendars.filter(({ busyIn }) => busyIn === undefined),
      round,
      keeper,
    );
    if (killer.wanted > 0) console.log(`round ${round} of ${rounds}: ${killer.kills.length} kills`);
  }
  killer.allowAnywhere();
  await useKills(stage, keeper, killer);
  // Nobody needs to see an undisturbed machine go to sleep; its feeds are what the other run is held against.
  await (killer.wanted === 0 ? awaitFeeds(stage, rounds, keeper) : awaitQuiet(keeper));
  return await collect(stage, keeper, accepted);
}

async function syncNow({ calendarId }: StagedCalendar, keeper: Keeper): Promise<string> {
  return Run.parse(await keeper.ask("POST", `/v1/calendars/${calendarId}/sync`)).runId;
}

/** An app that gets no answer does not know whether its calendar was taken; it looks, and sends it again only where it was not. */
async function push(calendar: StagedCalendar, round: number, aheadMs: number, keeper: Keeper): Promise<void> {
  const path = `/v1/calendars/${calendar.calendarId}`;
  const body = contentAt(calendar, round, aheadMs);
  await keeper.until(`PUT ${path}/events`, async (saw) => {
    const response = await keeper.try("PUT", `${path}/events`, body);
    saw(response === undefined ? "no answer" : `${response.status} ${await response.clone().text()}`);
    if (response?.ok === true) return true;
    const version = Number(Object(await keeper.ask("GET", path)).calendarVersion);
    return version >= versionsBy(calendar, round) ? true : undefined;
  });
}

async function awaitVersions(calendars: readonly StagedCalendar[], round: number, keeper: Keeper): Promise<void> {
  const ids = calendars.map(({ calendarId }) => calendarId);
  await keeper.until(`the imports of round ${round}`, async (saw, engines) => {
    const versions = await engines.versions(ids);
    const behind = calendars.filter((calendar) => (versions.get(calendar.calendarId) ?? 0) < versionsBy(calendar, round));
    saw(`behind are ${behind.map(({ name, calendarId }) => `${name} (${versions.get(calendarId)})`).join(", ")}`);
    return behind.length === 0 ? true : undefined;
  });
}

/** Kills that the rounds and the exports after them left over hit imports of what is there already. */
async function useKills(stage: Stage, keeper: Keeper, killer: Killer): Promise<void> {
  const end = performance.now() + LAST_KILLS_MS;
  while (killer.kills.length < killer.wanted) {
    if (performance.now() > end) throw new Error(`${killer.kills.length} kills in the time for ${killer.wanted}; run fewer`);
    await pause(TICK_EVERY_MS);
    const isIdle = await keeper.until("the queues", async (_saw, engines) => Object.keys(await engines.depths()).length === 0);
    if (!isIdle) continue;
    keeper.machine.tick();
    await Promise.all(
      stage.calendars.filter(({ kind }) => kind === "url").map(async (calendar) => await syncNow(calendar, keeper)),
    );
  }
}

async function awaitFeeds({ calendars, feeds }: Stage, rounds: number, keeper: Keeper): Promise<void> {
  await awaitVersions(calendars, rounds, keeper);
  await keeper.until("feeds of the last versions", async (saw, engines) => {
    const { builds, checkpoints } = await engines.records();
    const behind = feeds.filter(({ feedId, members }) => {
      const build = builds.find((one) => one.feedId === feedId);
      return members.some((calendarId) => build?.members[calendarId] !== checkpoints.get(calendarId)?.calendarVersion);
    });
    saw(`${behind.length} feeds are behind`);
    return behind.length === 0 ? true : undefined;
  });
}

/** No claim on the cursor; and nothing waits, is in flight, delayed or put off, so that nothing moves any more. */
async function awaitQuiet(keeper: Keeper): Promise<void> {
  // Time alone ends a killed tick's claim; the schedule fires meanwhile as it always does.
  await keeper.until("a tick that ends its claim", async (saw, engines) => {
    keeper.machine.tick();
    await pause(TICK_EVERY_MS);
    const { claimedUntil } = await engines.records();
    saw(`a claim until ${claimedUntil}`);
    return claimedUntil === undefined ? true : undefined;
  });
  const isQuiet = async (saw: (what: string) => void, engines: Observation): Promise<true | undefined> => {
    const [depths, { reservations }] = [await engines.depths(), await engines.records()];
    saw(`${JSON.stringify(depths)}, ${reservations.length} tasks put off`);
    return Object.keys(depths).length === 0 && reservations.length === 0 ? true : undefined;
  };
  await keeper.until("quiet queues", isQuiet, QUIET_MS);
}

async function collect(stage: Stage, keeper: Keeper, accepted: readonly string[]): Promise<Evidence> {
  const { running, engines } = await keeper.up();
  const records = await engines.records();
  const feeds = await Promise.all(
    stage.feeds.map(async ({ feedId, path }) => [feedId, await (await fetch(running.url + path)).text()] as const),
  );
  const snapshots = new Map<string, Snapshot>();
  for (const { calendarId, snapshotKey } of records.checkpoints.values()) {
    if (snapshotKey !== undefined) snapshots.set(calendarId, await engines.snapshot(snapshotKey));
  }
  const receiver = await receivedBy(stage.receiverUrl, engines);
  return { records, depths: await engines.depths(), feeds: new Map(feeds), snapshots, receiver, accepted };
}
