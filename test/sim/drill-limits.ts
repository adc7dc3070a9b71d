/** What an owner may have, what it has, and at what pace a host is asked: counted as it is, refused at the limit, shown in full or said to be partial. */
import type { BlackoutWindow } from "../../lib/contract/blackout.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { Host, HostPolicy } from "../../lib/contract/host.ts";
import { WEEKDAYS } from "../../lib/contract/schedule.ts";
import type { UsageView } from "../../lib/contract/usage.ts";
import { isLive, linkIdOf } from "../../lib/core/links.ts";
import { createLink } from "../../lib/sync/create-link.ts";
import type { PageRequest } from "../../lib/sync/registry.ts";
import { requireLinkRoom, requireRoom, setQuota, showQuota } from "../../lib/sync/require-room.ts";
import { revokeLink } from "../../lib/sync/revoke-link.ts";
import { setHost } from "../../lib/sync/set-host.ts";
import { showUsage } from "../../lib/sync/show-usage.ts";
import { callsOf } from "./calls.ts";
import type { Drill, Pupil } from "./drill.ts";

const OWNER = "default";
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Pages that a look at an owner reads: of its calendars, of its feeds. */
const CALENDAR_PAGES = 5;

export async function drillLimits(drill: Drill): Promise<void> {
  await drillRoom(drill);
  await drillLinkRoom(drill);
  await drillHosts(drill);
}

export async function drillUsage(drill: Drill): Promise<void> {
  await drillStates(drill);
  await drillPages(drill);
}

/** One fewer than the limit is room for one more, the limit is not; whoever has no limit of its own has the usual one. */
async function drillRoom(drill: Drill): Promise<void> {
  const { calendars, feeds } = drill.simulation.world;
  const counts = { calendars: calendars.metas.size, feeds: feeds.metas.size };
  for (const kind of ["calendars", "feeds"] as const) {
    for (const limit of [undefined, counts[kind] + 1, counts[kind], counts[kind] - 1]) {
      const draft = limit === undefined ? {} : { [kind]: limit };
      await drill.ask("set quota", async ({ quotas }) => await setQuota(OWNER, draft, quotas));
      await drill.ask("room", async ({ quotas }) => await requireRoom(OWNER, kind, quotas));
      const wanted = limit !== undefined && limit <= counts[kind] ? "quota-exceeded" : undefined;
      drill.must(drill.refused === wanted, `one more of ${counts[kind]} ${kind}, at most ${limit}: ${drill.refused}`);
      await drill.ask("show quota", async ({ quotas }) => {
        const shown = await showQuota(OWNER, quotas);
        const isSo = shown[kind] === (limit ?? quotas.usual[kind]) && shown.own.join() === (limit === undefined ? "" : kind);
        drill.must(isSo, `a quota of ${limit} ${kind} is shown as ${JSON.stringify(shown)}`);
      });
    }
  }
  await drill.ask("usual quota", async ({ quotas }) => await setQuota(OWNER, {}, quotas));
}

/** Only living links count; of a feed that is not there nothing is said here, for whoever makes its link says it. */
async function drillLinkRoom(drill: Drill): Promise<void> {
  const { clock, randomBytes, feeds } = drill.simulation.world;
  const [feedId = "none"] = drill.weather.feedIds;
  const context = { now: clock.now, randomBytes };
  await drill.ask("create", async (ports) => void (await createLink(feedId, { label: "drill" }, ports, context)));
  const living = [...feeds.links.values()].filter((link) => link.feedId === feedId && isLive(link, clock.now()));
  await drill.ask("set quota", async ({ quotas }) => await setQuota(OWNER, { linksPerFeed: living.length }, quotas));
  const room = async (id: string): Promise<string | undefined> => {
    await drill.ask("room", async (ports) => await requireLinkRoom(id, ports, clock.now()));
    return drill.refused;
  };
  const full = await room(feedId);
  drill.must(full === "quota-exceeded", `a feed has ${living.length} links of ${living.length} and room for one more: ${full}`);
  const nobody = await room("nobody");
  drill.must(nobody === undefined, `a feed that is not there has no room: ${nobody}`);
  const [link] = living;
  if (link === undefined) return drill.must(false, "a link was made and is not there");
  const named = { feedId, linkId: linkIdOf(link) };
  await drill.ask("revoke", async (ports) => await revokeLink(named, ports, clock.now()));
  const free = await room(feedId);
  drill.must(free === undefined, `a feed has ${living.length - 1} living links of ${living.length} and no room: ${free}`);
  await drill.ask("usual quota", async ({ quotas }) => await setQuota(OWNER, {}, quotas));
}

/** What is no host, or would never be asked again, is refused, and then nothing is written. */
async function drillHosts(drill: Drill): Promise<void> {
  const { nowMs } = drill.simulation;
  const always: BlackoutWindow = { kind: "weekly", days: [...WEEKDAYS], from: "00:00", to: "24:00", zone: "UTC" };
  const [from, to] = [new Date(nowMs - 2 * HOUR_MS).toISOString(), new Date(nowMs - HOUR_MS).toISOString()];
  const past: BlackoutWindow = { kind: "once", from, to };
  const cases: readonly (readonly [name: string, policy: HostPolicy, code: string | undefined])[] = [
    ["https://host0.example", { startsPerSecond: 2 }, "query-invalid"],
    ["Host0.Example", {}, "query-invalid"],
    ["host0.example", { startsPerSecond: 2 }, undefined],
    ["host0.example", { startsPerSecond: 2, blackout: [always] }, "blackout-invalid"],
    ["host0.example", { blackout: [past] }, undefined],
    ["host0.example:8443", { blackout: [] }, undefined],
    ["host0.example", {}, undefined],
  ];
  for (const [name, policy, code] of cases) {
    const seen: { host?: Host } = {};
    const calls = await callsOf(drill, "set host", async ({ hosts }) => {
      seen.host = await setHost(name, policy, hosts, drill.simulation.world.clock.now());
    });
    const text = `host ${name} was given ${JSON.stringify(policy)}`;
    drill.must(drill.refused === code, `${text}: ${drill.refused}`);
    drill.must(calls.length === (code === undefined ? 1 : 0), `${text} by ${calls.join(", ")}`);
    if (code !== undefined) continue;
    const { startsPerSecond, blackout } = seen.host ?? {};
    const isSo = startsPerSecond === policy.startsPerSecond && JSON.stringify(blackout) === JSON.stringify(policy.blackout);
    drill.must(isSo && seen.host?.host === name, `${text}, and is ${JSON.stringify(seen.host)}`);
  }
}

/** A failing calendar, one that nobody could import for a day, one that was just in time, one that is held, and a link that was revoked. */
async function drillStates(drill: Drill): Promise<void> {
  const { clock, calendars } = drill.simulation.world;
  const [held, failing, late, timely] = drill.pupilsApart();
  await drill.course.turns();
  held.source.events = [];
  await drill.sync(held);
  failing.source.manner = { kind: "failing", code: "source-forbidden" };
  await drill.sync(failing);
  await revokeOne(drill);
  const now = clock.now();
  const since = new Date(now.getTime() - DAY_MS).toISOString();
  const justBefore = new Date(now.getTime() - DAY_MS - 1).toISOString();
  calendars.checkpoints.set(timely.calendarId, { ...timely.checkpoint, lastSuccessAt: since });
  calendars.checkpoints.set(late.calendarId, { ...late.checkpoint, lastSuccessAt: justBefore });
  const pulled = drill.pupils().length;
  mustShow(drill, await usageOf(drill, now, {}), {
    ...published(drill, drill.weather.feedIds),
    calendars: calendars.metas.size,
    feeds: drill.weather.feedIds.length,
    events: eventsOf([...calendars.checkpoints.values()]),
    imported: pulled - 1,
    failing: 1,
    held: 1,
    isPartial: false,
  });
  await recover(drill, [held, failing, late, timely]);
}

async function revokeOne(drill: Drill): Promise<void> {
  const { clock, feeds } = drill.simulation.world;
  const [link] = feeds.links.values();
  if (link === undefined) return drill.must(false, "a feed has no link");
  const named = { feedId: link.feedId, linkId: linkIdOf(link) };
  await drill.ask("revoke", async (ports) => await revokeLink(named, ports, clock.now()));
}

/** Sources give again what their calendars hold. */
async function recover(drill: Drill, pupils: readonly Pupil[]): Promise<void> {
  drill.weather.calm();
  for (const pupil of pupils) {
    pupil.source.manner = { kind: "well" };
    await drill.sync(pupil);
  }
}

/** A page may be shorter than was asked for: what is left out is said. */
async function drillPages(drill: Drill): Promise<void> {
  const { calendars, feeds } = drill.simulation.world;
  const [all, most] = [calendars.metas.size, Math.ceil(calendars.metas.size / CALENDAR_PAGES)];
  const fed = drill.weather.feedIds.length;
  for (const [limit, feedLimit] of [
    [most, fed],
    [most - 1, fed],
    [most, fed - 1],
    [most - 1, fed - 1],
  ] as const) {
    const shown = await usageOf(drill, drill.simulation.world.clock.now(), { limit, feedLimit });
    const text = `${all} calendars by ${limit} and ${fed} feeds by ${feedLimit}`;
    const isPartial = limit < most || feedLimit < fed;
    drill.must(shown?.isPartial === isPartial, `${text} are shown, and isPartial is ${shown?.isPartial}`);
    const { items } = await calendars.list(OWNER, { limit: limit * CALENDAR_PAGES, cursor: undefined });
    const { items: some } = await feeds.list(OWNER, { limit: feedLimit, cursor: undefined });
    const ids = some.map(({ feedId }) => feedId);
    const events = eventsOf(items.map(({ checkpoint }) => checkpoint));
    mustShow(drill, shown, { ...published(drill, ids), events, calendars: all, feeds: fed });
  }
}

type Short = { readonly limit?: number; readonly feedLimit?: number };

async function usageOf(drill: Drill, now: Date, { limit, feedLimit }: Short): Promise<UsageView | undefined> {
  const seen: { usage?: UsageView } = {};
  const { calendars, feeds } = drill.simulation.world;
  await drill.ask("usage", async ({ quotas }) => {
    const short = {
      calendars: { list: async (ownerId: string, page: PageRequest) => await calendars.list(ownerId, shortened(page, limit)) },
      feeds: {
        load: async (feedId: string) => await feeds.load(feedId),
        list: async (ownerId: string, page: PageRequest) => await feeds.list(ownerId, shortened(page, feedLimit)),
      },
    };
    seen.usage = await showUsage(OWNER, { quotas, ...short }, now);
  });
  return seen.usage;
}

function shortened({ limit, cursor }: PageRequest, most = limit): PageRequest {
  return { limit: Math.min(limit, most), cursor };
}

/** Living links and bytes of these feeds, as their records say. */
function published({ simulation }: Drill, feedIds: readonly string[]): Pick<UsageView, "links" | "publishedBytes"> {
  const { feeds, clock } = simulation.world;
  const links = [...feeds.links.values()].filter((link) => feedIds.includes(link.feedId) && isLive(link, clock.now())).length;
  return { links, publishedBytes: feedIds.reduce((sum, feedId) => sum + (feeds.builds.get(feedId)?.bytes ?? 0), 0) };
}

function eventsOf(checkpoints: readonly Checkpoint[]): number {
  return checkpoints.reduce((sum, { eventCount }) => sum + eventCount, 0);
}

function mustShow(drill: Drill, usage: UsageView | undefined, wanted: Partial<UsageView>): void {
  const shown = new Map<string, unknown>(Object.entries(usage ?? {}));
  for (const [name, value] of Object.entries(wanted)) {
    const text = `an owner's ${name} are shown as ${JSON.stringify(shown.get(name))}, wanted ${JSON.stringify(value)}`;
    drill.must(shown.get(name) === value, text);
  }
}
