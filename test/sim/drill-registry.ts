/** A registry is taken out of a stack, checked, and put into another one: the records are equal, once more changes nothing, and a bad file changes nothing. */
import { RegistryLine } from "../../lib/contract/registry-file.ts";
import { exportFeed } from "../../lib/sync/export-feed.ts";
import { exportRegistry } from "../../lib/sync/export-registry.ts";
import type { Applied } from "../../lib/sync/import-registry.ts";
import type { Drill } from "./drill.ts";
import { brokenIn, check, OtherStack, registryPorts, textsOf } from "./other-stack.ts";
import { EXTERNAL_ID, KEYED, plantRegistry, UNBUILT, UNREAD } from "./planted-registry.ts";
import { differences, recordsOf, schedulesOf } from "./registry-records.ts";

const READS = /\.(?:load|owner|quota|key|claimOf)$/u;
/** No file of the drill asks for so many calls. */
const CALLS_MOST = 90;

export async function drillRegistry(drill: Drill): Promise<void> {
  const from = await copyOf(drill);
  const calendarId = await plantRegistry(from);
  for (const withEvents of [true, false]) {
    const texts = await from.export(withEvents);
    mustAskOnce(drill, from);
    await drillChecked(drill, from, texts, withEvents);
    await drillRestored(drill, from, texts, withEvents);
  }
  await drillVanishing(drill, from);
  await drillTaken(drill, await from.export(true), calendarId);
}

export async function drillRegistryFiles(drill: Drill): Promise<void> {
  const from = await copyOf(drill);
  const calendarId = await plantRegistry(from);
  const texts = await from.export(true);
  await drillBadFiles(drill, texts);
  await drillOccupied(drill, from, texts);
  await drillBroken(drill, small(texts, calendarId));
  await drillFoundEarly(drill, small(texts, calendarId));
}

/** What the drilled world came to goes over to a stack of its own, and is there as it was. */
async function copyOf(drill: Drill): Promise<OtherStack> {
  const { world, desk } = drill.simulation;
  const ports = registryPorts(desk.portsWith(async (_method, effect) => await effect()));
  const stack = new OtherStack(world.clock.nowMs);
  await stack.restore(await textsOf(exportRegistry({ withEvents: true }, ports, world.clock.now())));
  const apart = differences(recordsOf({ world, desk }, true), recordsOf(stack, true));
  drill.must(apart === "", `what came to be was taken to another stack, and there are other ${apart}`);
  await stack.ports.quotas.putQuota({ version: 1, ownerId: KEYED, calendars: 3 });
  return stack;
}

/** An admin's key is nobody's: each owner is asked for once, whatever it has. */
function mustAskOnce(drill: Drill, { calls, world }: OtherStack): void {
  const living = [...world.calendars.metas.values()].filter(({ state }) => state !== "removed");
  const owners = new Set([KEYED, ...living.map(({ ownerId }) => ownerId)]);
  const asked = calls.filter((call) => call === "ownerRecords.owner").length;
  drill.must(asked === owners.size, `${asked} owners were asked for, there are ${owners.size}`);
}

/** The file says what it has, and has what the stack has. */
async function drillChecked(drill: Drill, from: OtherStack, texts: readonly string[], withEvents: boolean): Promise<void> {
  const { calendars, feeds } = from.world;
  const checked = await check(texts);
  const living = [...calendars.metas.values()].filter(({ state }) => state !== "removed").map(({ calendarId }) => calendarId);
  const read = [...calendars.checkpoints.values()].filter(({ snapshotKey }) => snapshotKey !== undefined);
  const built = [...feeds.builds.values()].filter(({ objectKey }) => objectKey !== undefined);
  const wanted = {
    calendar: living.length,
    feed: feeds.metas.size,
    host: [...from.world.hosts.stored.values()].filter((host) => host.pausedAt ?? host.startsPerSecond).length,
    key: 2,
    owner: 1,
    quota: 1,
    repeat: 1,
    reservation: 2,
    ...(withEvents ? { snapshot: read.length, published: built.length } : {}),
  };
  const seen = Object.fromEntries(Object.entries(checked.counts).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  const sorted = Object.fromEntries(Object.entries(wanted).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  const [counts, has] = [JSON.stringify(seen), JSON.stringify(sorted)];
  drill.must(counts === has, `a registry's file has ${counts}, the stack ${has}`);
  drill.must(checked.withEvents === withEvents, `a file ${withEvents ? "with" : "without"} events says otherwise`);
  drill.must([...checked.calendarIds].toSorted().join() === living.toSorted().join(), "a file's calendars are others");
  const feedIds = [...feeds.metas.keys()].toSorted().join();
  drill.must([...checked.feedIds].toSorted().join() === feedIds, "a file's feeds are others");
  const lines = texts.flatMap((text) => lineOf(text, "feed"));
  const whole = lines.filter(({ build }) => build !== undefined).length;
  drill.must(whole === (withEvents ? built.length : 0), `${whole} feeds of the file say that they are built`);
}

/** In an empty stack all is made and is as it was; once more all is there, and nothing is written but what is said of hosts. */
async function drillRestored(drill: Drill, from: OtherStack, texts: readonly string[], withEvents: boolean): Promise<void> {
  const to = new OtherStack(from.world.clock.nowMs);
  const text = `a registry ${withEvents ? "with" : "without"} events`;
  const made = await to.restore(texts);
  mustKeep(drill, to);
  drill.must(outcomes(made) === "made", `${text} in an empty stack: ${outcomes(made)}`);
  drill.must(made.length === texts.length - 2, `${text} of ${texts.length} lines came to ${made.length}`);
  const [before, after] = [recordsOf(from, withEvents), recordsOf(to, withEvents)];
  drill.must(differences(before, after) === "", `${text} is another in ${differences(before, after)}`);
  const plans = differences(schedulesOf(from.world), schedulesOf(to.world));
  drill.must(plans === "", `${text} has other ${plans}`);
  const quota = await to.ports.quotas.quota(KEYED);
  drill.must(quota?.calendars === 3, `${text}: an owner may have ${quota?.calendars} calendars, wanted 3`);
  mustBegin(drill, to, withEvents);
  const { size } = to.world.exports.messages;
  drill.must(size === from.world.feeds.metas.size, `${text} had ${size} feeds built`);
  const again = await to.restore(texts);
  const others = again.filter(({ line }) => line.kind !== "host");
  drill.must(outcomes(others) === "there", `${text} once more: ${outcomes(others)}`);
  const writes = to.calls.filter((call) => !READS.test(call) && !call.startsWith("hosts."));
  drill.must(writes.length === 0, `${text} once more wrote ${writes.join(", ")}`);
  drill.must(differences(after, recordsOf(to, withEvents)) === "", `${text} once more changed what was there`);
}

/** One host was paused and one calendar has times of its own: no other is paused, and none other's times are kept; a repeat's twice, before its record and after. */
function mustKeep(drill: Drill, { calls }: OtherStack): void {
  const all = { "hosts.pauseHost": 1, "crons.keep": 1, "reservationSchedules.make": 1, "repeatSchedules.keep": 2 };
  for (const [method, wanted] of Object.entries(all)) {
    const times = calls.filter((call) => call === method).length;
    drill.must(times === wanted, `${method} was called ${times} times for one that wants it, wanted ${wanted}`);
  }
}

/** Without events each calendar begins anew. */
function mustBegin(drill: Drill, { world: { calendars, feeds, objects } }: OtherStack, withEvents: boolean): void {
  if (withEvents) return;
  const versions = [...calendars.checkpoints.values()].filter(({ calendarVersion }) => calendarVersion > 0).length;
  const left = versions + feeds.builds.size + objects.stored.size;
  drill.must(left === 0, `${versions} calendars have a version, ${feeds.builds.size} feeds a build, without their events`);
}

/** A feed that goes while the registry is written is not in it, and the file is whole. */
async function drillVanishing(drill: Drill, from: OtherStack): Promise<void> {
  const { feeds } = from.world;
  const feed = feeds.metas.get(UNBUILT);
  if (feed === undefined) throw new Error("a feed is gone in the midst of a drill");
  for (const [how, go] of [
    ["removed", () => feeds.metas.set(UNBUILT, { ...feed, state: "removed" })],
    ["forgotten", () => feeds.metas.delete(UNBUILT)],
  ] as const) {
    from.look = (method) => void (method === "feeds.everyFeed" && go());
    const texts = await from.export(true);
    from.look = () => undefined;
    feeds.metas.set(UNBUILT, feed);
    const ids = [...(await check(texts)).feedIds];
    drill.must(!ids.includes(UNBUILT), `a feed was ${how} while the registry was written, and is in it`);
  }
}

/** A calendar whose name another one has is refused, nothing of it is written, and it keeps no other back. */
async function drillTaken(drill: Drill, texts: readonly string[], calendarId: string): Promise<void> {
  const to = new OtherStack(drill.simulation.nowMs);
  const lines = texts.flatMap((text) => lineOf(text, "calendar"));
  const line = lines.find((one) => one.calendar.calendarId === calendarId);
  const ownerId = line?.calendar.ownerId ?? "nobody";
  const claim = { version: 1, ownerId, externalId: EXTERNAL_ID, calendarId: "another", at: drill.at } as const;
  await to.world.externalIds.claim(claim, undefined);
  const applied = await to.restore(texts);
  const refused = applied.filter(({ outcome }) => outcome === "failed");
  const codes = refused.map((one) => `${one.line.kind} ${one.code}`).join();
  drill.must(codes === "calendar external-id-taken", `a calendar's name was taken: ${codes}`);
  drill.must(outcomes(applied) === "failed,made", `a calendar's name was taken, and the others were ${outcomes(applied)}`);
  const { metas, checkpoints } = to.world.calendars;
  drill.must(!metas.has(calendarId) && !checkpoints.has(calendarId), "a calendar that was refused is there by half");
}

/** Each kind of bad file is told by its line and what is wrong there, never by what it holds. */
async function drillBadFiles(drill: Drill, texts: readonly string[]): Promise<void> {
  const [first = "", second = "", ...rest] = texts;
  const { length } = texts;
  const with2 = (line: string): readonly string[] => [first, line, ...rest];
  const kind = RegistryLine.parse(JSON.parse(second)).kind;
  const cases: readonly (readonly [readonly string[], string])[] = [
    [[], "line 1 of the registry's file is missing"],
    [texts.slice(0, -1), `line ${length} of the registry's file is missing`],
    [texts.slice(1), `line 1 of the registry's file is a record of kind ${kind}, wanted kind registry first`],
    [[first, ...texts], "line 2 of the registry's file is a record of kind registry"],
    [[...texts, first], `line ${length + 1} of the registry's file is after the end`],
    [[...texts, "secret"], `line ${length + 1} of the registry's file is after the end`],
    [[first, ...rest], `line ${length - 1} of the registry's file is the end of ${length - 1} records, wanted of ${length - 2}`],
    [with2("secret"), "line 2 of the registry's file is no JSON"],
    [with2('"secret"'), "line 2 of the registry's file is wrong at its kind"],
    [with2('{"kind":"secret"}'), "line 2 of the registry's file is wrong at kind"],
    [
      with2('{"kind":"key","version":1,"key":{"version":1,"keyHash":"secret"}}'),
      "line 2 of the registry's file is wrong at key.label",
    ],
  ];
  for (const [bad, wanted] of cases) {
    const seen = await brokenIn(bad);
    drill.must(seen.startsWith(`registry-invalid: ${wanted}`), `a bad file is told as ${seen}, wanted ${wanted}`);
    drill.must(!seen.includes("secret"), `what a file holds is told: ${seen}`);
  }
  drill.must((await brokenIn(texts)) === "whole", `a file that was written whole is ${await brokenIn(texts)}`);
}

/** Only what the file itself may have left there is in no import's way. */
async function drillOccupied(drill: Drill, from: OtherStack, texts: readonly string[]): Promise<void> {
  const checked = await check(texts);
  const half = new OtherStack(from.world.clock.nowMs);
  await half.restore(texts.slice(0, texts.length / 2));
  const full = new OtherStack(from.world.clock.nowMs);
  await full.restore(texts);
  const [withCalendar, withFeed] = [new OtherStack(from.world.clock.nowMs), new OtherStack(from.world.clock.nowMs)];
  const { calendars, feeds } = from.world;
  const loaded = await calendars.load(UNREAD);
  const feed = feeds.metas.get(UNBUILT);
  if (loaded === undefined || feed === undefined) throw new Error("what was planted is gone");
  await withCalendar.world.calendars.putCheckpoint({ ...loaded.checkpoint, calendarId: "other" });
  await withCalendar.world.calendars.putCalendar({ ...loaded.calendar, calendarId: "other" });
  await withFeed.world.feeds.putFeed({ ...feed, feedId: "other" });
  for (const [name, stack, wanted] of [
    ["empty", new OtherStack(from.world.clock.nowMs), "nothing"],
    ["filled by half", half, "nothing"],
    ["filled", full, "nothing"],
    ["the one it is of", from, "calendar gone"],
    ["one with another calendar", withCalendar, "calendar other"],
    ["one with another feed", withFeed, "feed other"],
  ] as const) {
    const seen = await stack.requireEmpty(checked).then(
      () => "nothing",
      (error: unknown) => (error instanceof Error && "code" in error ? `${String(error.code)} ${error.message}` : String(error)),
    );
    const isSo = wanted === "nothing" ? seen === wanted : seen.startsWith(`stack-not-empty the stack has ${wanted},`);
    drill.must(isSo, `a stack that is ${name} has ${seen}, wanted ${wanted}`);
  }
}

/** Wherever it is broken off nothing is found by half, and the same file once more makes it good. */
async function drillBroken(drill: Drill, texts: readonly string[]): Promise<void> {
  const whole = new OtherStack(drill.simulation.nowMs);
  await whole.restore(texts);
  const wanted = recordsOf(whole, true);
  for (const way of ["error-before", "error-after"] as const) {
    for (let call = 1; call <= CALLS_MOST; call += 1) {
      const to = new OtherStack(drill.simulation.nowMs);
      to.look = (method) => mustBeWhole(drill, to, method);
      to.broken = { call, way };
      const isAnswered = await to.restore(texts).then(
        () => true,
        () => false,
      );
      if (to.calls.length < call) break;
      const where = `${way} at ${to.calls.at(-1)} (call ${call})`;
      drill.must(!isAnswered, `a registry was put in although a service failed: ${where}`);
      to.broken = undefined;
      await to.restore(texts);
      const apart = differences(wanted, recordsOf(to, true));
      drill.must(apart === "", `a registry that was broken off has other ${apart}: ${where}`);
    }
  }
}

/** A worker that finds a feed's calendars before the feed lets them know no more of it; when it is to be built each knows of it again. */
async function drillFoundEarly(drill: Drill, texts: readonly string[]): Promise<void> {
  const to = new OtherStack(drill.simulation.nowMs);
  const { calendars, feeds, clock } = to.world;
  let found = 0;
  to.look = async (method) => {
    if (method === "exports.sendExports") mustKnow(drill, to);
    for (const [calendarId, own] of calendars.pointers) {
      for (const feedId of [...own].filter((id) => !feeds.metas.has(id))) {
        const names = { taskId: `early-${feedId}`, feedId, calendarId, calendarVersion: 1 };
        const ports = registryPorts(to.desk.portsWith(async (_method, effect) => await effect()));
        await exportFeed({ version: 1, kind: "export", ...names, reason: "commit" }, ports, { now: clock.now });
        drill.must(!own.has(feedId), `${calendarId} knows of feed ${feedId}, which a worker did not find`);
        found += 1;
      }
    }
  };
  await to.restore(texts);
  drill.must(found > 0, "no feed's calendars were found before the feed");
  mustKnow(drill, to);
}

function mustKnow(drill: Drill, { world: { calendars, feeds } }: OtherStack): void {
  for (const feedId of feeds.metas.keys())
    for (const calendarId of feeds.members.get(feedId)?.keys() ?? []) {
      const isKnown = calendars.pointers.get(calendarId)?.has(feedId) === true;
      drill.must(isKnown, `${calendarId} does not know of feed ${feedId}, which is there and is to be built`);
    }
}

/** What people find is whole: a calendar has its checkpoint, a feed its members, links and bytes, a task its feed, a repeat its schedule. */
function mustBeWhole(drill: Drill, { world, desk }: OtherStack, method: string): void {
  const { calendars, feeds, exports } = world;
  for (const calendarId of calendars.metas.keys())
    drill.must(calendars.checkpoints.has(calendarId), `${calendarId} has no checkpoint after ${method}`);
  for (const feedId of feeds.metas.keys()) {
    const hasLink = [...feeds.links.values()].some((link) => link.feedId === feedId);
    const isWhole = hasLink && feeds.members.has(feedId) && feeds.builds.has(feedId) === (feedId !== UNBUILT);
    drill.must(isWhole, `feed ${feedId} is found by half after ${method}`);
  }
  for (const { body } of exports.messages.values()) {
    const isKnown = [...feeds.metas.keys()].some((feedId) => body.includes(`"${feedId}"`));
    drill.must(isKnown, `a feed is to be built and is not there after ${method}`);
  }
  mustBeCalledFor(drill, world, method);
  const { size } = desk.repeats.stored;
  drill.must(desk.repeats.standing.size >= size, `${size} repeats have ${desk.repeats.standing.size} schedules after ${method}`);
}

/** A member knows of its feed before the feed has it; a schedule that the sweep would make as well comes after what it is called for. */
function mustBeCalledFor(drill: Drill, world: OtherStack["world"], method: string): void {
  const { calendars, feeds, crons, reservationSchedules, ownersReservations } = world;
  for (const [feedId, members] of feeds.members) {
    const isKnown = [...members.keys()].every((calendarId) => calendars.pointers.get(calendarId)?.has(feedId) === true);
    drill.must(isKnown, `feed ${feedId} has a member that does not know of it after ${method}`);
  }
  const timed = new Set([...calendars.metas.values()].map(({ ownerId, calendarId }) => `${ownerId}.${calendarId}`));
  for (const name of crons.standing.keys())
    drill.must(timed.has(name), `the times of ${name} are kept, and it is not there after ${method}`);
  for (const { call } of reservationSchedules.standing.values())
    drill.must(
      ownersReservations.stored.has(call.reservationId),
      `${call.reservationId} is called for and unknown after ${method}`,
    );
}

/** One record of each kind, two of calendars and feeds. */
function small(texts: readonly string[], calendarId: string): readonly string[] {
  const [feed] = texts.flatMap((text) => lineOf(text, "published"));
  const kept = new Set([calendarId, UNREAD, UNBUILT, feed?.feedId]);
  return texts.filter((text) => {
    const line = RegistryLine.parse(JSON.parse(text));
    if (line.kind === "snapshot") return kept.has(line.snapshot.calendarId);
    if (line.kind === "calendar") return kept.has(line.calendar.calendarId);
    if (line.kind === "published") return kept.has(line.feedId);
    return line.kind !== "feed" || kept.has(line.feed.feedId);
  });
}

function lineOf<Kind extends RegistryLine["kind"]>(text: string, kind: Kind): Extract<RegistryLine, { readonly kind: Kind }>[] {
  const line = RegistryLine.parse(JSON.parse(text));
  return isOf(line, kind) ? [line] : [];
}

function isOf<Kind extends RegistryLine["kind"]>(
  line: RegistryLine,
  kind: Kind,
): line is Extract<RegistryLine, { readonly kind: Kind }> {
  return line.kind === kind;
}

/** What they came to, each once. */
function outcomes(applied: readonly Applied[]): string {
  return [...new Set(applied.map(({ outcome }) => outcome))].toSorted().join();
}
