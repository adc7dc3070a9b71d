/** At rest: what people were told is so, records that belong together are both there, and nothing half done is left. */
import { effectiveInterval, slotOf } from "../../lib/core/slots.ts";
import type { Operators } from "./operators.ts";
import type { Simulation } from "./simulation.ts";

export function checkLeftovers(simulation: Simulation, operators: Operators): void {
  const found = [
    ...heldFor(simulation),
    ...pairsBroken(simulation),
    ...promisesBroken(simulation, operators),
    ...runsOpen(simulation),
    ...removalsHalf(simulation, operators),
    ...switchesOff(simulation),
    ...slotsWrong(simulation),
  ];
  for (const text of found) simulation.violate(text);
}

function heldFor({ world }: Simulation): string[] {
  return [
    ...[...world.calendars.holds.values()].map(({ holdId }) => `hold ${holdId} stands although its source is sound`),
    ...[...world.hosts.stored.values()].flatMap(({ host, cooldownUntil = "" }) =>
      cooldownUntil > new Date(world.clock.nowMs).toISOString() ? [`host ${host} still cools down`] : [],
    ),
  ];
}

/** Each member has its reverse pointer, each calendar on the wheel its registration. */
function pairsBroken({ world }: Simulation): string[] {
  const { calendars, feeds } = world;
  const members = [...feeds.metas.keys()].flatMap((feedId) =>
    [...(feeds.members.get(feedId)?.keys() ?? [])].map((calendarId) => ({ feedId, calendarId })),
  );
  return [
    ...members.flatMap(({ feedId, calendarId }) => {
      if (!calendars.metas.has(calendarId)) return [`feed ${feedId} still has ${calendarId}`];
      return calendars.pointers.get(calendarId)?.has(feedId) === true ? [] : [`${calendarId} does not know of feed ${feedId}`];
    }),
    ...[...calendars.checkpoints.values()].flatMap(({ calendarId, wheel }) => {
      const isPolled = calendars.metas.get(calendarId)?.source.kind === "url";
      return wheel === undefined || isPolled ? [] : [`${calendarId} is on the wheel and nobody's to be asked`];
    }),
    ...[...calendars.metas.keys()].flatMap((id) => (calendars.checkpoints.has(id) ? [] : [`${id} has no checkpoint`])),
  ];
}

/** Whoever asked for an import finds how it ended, even who got no answer; only what its host put off may still be on a schedule. */
function runsOpen({ world, followed }: Simulation): string[] {
  const { metas, runs } = world.calendars;
  return [...followed].flatMap((key) => {
    const { calendarId = "", taskId = "", status } = runs.get(key) ?? {};
    // Of what was removed nobody asks.
    if (!metas.has(calendarId)) return [];
    const isOpen = status === "queued" || (status === "deferred" && !world.reservations.holds(taskId));
    return isOpen ? [`task ${taskId} of ${calendarId} is over, and its run says ${status}`] : [];
  });
}

/** The slot that owner and source ask for together; none where a schedule says when. */
function slotsWrong({ world }: Simulation): string[] {
  return [...world.calendars.metas.values()].flatMap(({ calendarId, intervalMinutes, policy, source, schedule }) => {
    if (source.kind !== "url") return [];
    const hint = policy.refreshHint === "follow" ? world.sources.byUrl.get(source.url)?.refreshMinutes : undefined;
    const [wanted, seen] = [
      schedule?.kind === "cron" ? undefined : slotOf(calendarId, effectiveInterval(intervalMinutes, hint)),
      world.calendars.checkpoints.get(calendarId)?.wheel,
    ];
    return seen === wanted ? [] : [`${calendarId} is at ${seen}, wanted ${wanted}`];
  });
}

/** Who was answered finds what was asked for; a run that somebody follows has an end. */
function promisesBroken({ world }: Simulation, operators: Operators): string[] {
  const urls = new Set([...world.calendars.metas.values()].flatMap(({ source }) => (source.kind === "url" ? [source.url] : [])));
  const names = new Set([...world.feeds.metas.values()].map(({ name }) => name));
  const told = (wanted: ReadonlyMap<string, string>): string[] =>
    [...wanted].flatMap(([what, how]) => (how === "told" ? [what] : []));
  return [
    ...(operators.removed.size > 0 ? [] : told(operators.wanted).filter((url) => !urls.has(url))).map(
      (url) => `${url} was registered and is not`,
    ),
    ...told(operators.feeds).flatMap((name) => (names.has(name) ? [] : [`feed ${name} was made and is not there`])),
    ...operators.followed.flatMap((key) => {
      const status = world.calendars.runs.get(key)?.status;
      const [calendarId = ""] = key.split(" ");
      // Of what was removed nobody asks.
      if (!world.calendars.metas.has(calendarId)) return [];
      return status === undefined || status === "queued" ? [`run ${key} is ${status}`] : [];
    }),
    ...[...world.calendars.metas.values()].flatMap(({ calendarId, state, pausedBy }) =>
      state !== "paused" && pausedBy !== undefined ? [`${calendarId} is ${state} and paused by ${pausedBy}`] : [],
    ),
  ];
}

function removalsHalf({ world }: Simulation, { removed }: Operators): string[] {
  const { metas, checkpoints } = world.calendars;
  const half = [...removed].filter((calendarId) => metas.has(calendarId) || checkpoints.has(calendarId));
  return half.map((calendarId) => `${calendarId} was removed and is still there`);
}

function switchesOff({ desk }: Simulation): string[] {
  const off = ["tick", "import", "urgent", "import-dead-letters"].filter((name) => !desk.switches.isOn(name));
  return [
    ...off.map((name) => `${name} is still switched off`),
    ...(desk.pauses.stored === undefined ? [] : ["a pause is still remembered"]),
    ...(desk.switches.isOn("broken") ? ["what was off before the pause is on after it"] : []),
  ];
}
