/** Alerts: what is told as one, when people hear of it again, and when it is over. */
import { FAILURES } from "../contract/code.ts";
import type { AlertGroup } from "../contract/alert.ts";
import type { Letter } from "../contract/letter.ts";
import { isTold } from "./letters.ts";

/** What raises an alert: a letter, or a calendar that became stale. */
export type Arrival = Pick<AlertGroup, "kind" | "code" | "reason" | "host" | "letterId" | "calendarId" | "feedId"> & {
  readonly fingerprint?: string | undefined;
};

/** Letters of an alert that nobody has closed: none, only such as a person has acknowledged, or others. */
export type Standing = "none" | "acknowledged" | "open";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A success closes a letter at once; the next turn may open it again. */
const SETTLED_MS = 10 * MINUTE_MS;
const GROWN_BY = 19;
const GROWN_MS = 5 * MINUTE_MS;
const LASTING_MS = HOUR_MS;
/** Every calendar has a turn within a day: what fails first after a longer quiet is no part of the trouble that was told. */
const QUIET_MS = 26 * HOUR_MS;
const STALE_OVER_MS = 48 * HOUR_MS;
const TEST_OVER_MS = 10 * MINUTE_MS;
/** A channel that takes nothing for so long after the end of the trouble is not told of it any more. */
const UNTOLD_MS = 7 * 24 * HOUR_MS;
const CODES_REMEMBERED = 20;
/** Alerts opened in a quarter of an hour beyond which the tick gathers them in one message. */
const STORM_COUNT = 5;
const STORM_MS = 15 * MINUTE_MS;
const CLAIM_MS = MINUTE_MS;
const RETRY_MOST_MS = HOUR_MS;
/** Ticks come each minute, some of them a moment early. */
const EARLY_MS = 20_000;

/**
 * Kind, code and host; but one group for all transient failures of a host, for one outage shows as time-outs, refused
 * connections, DNS errors and 5xx, each for some of its calendars.
 */
export function groupOf({ kind, code, host }: Pick<Arrival, "kind" | "code" | "host">): string {
  const isOutage = host !== undefined && Object.entries(FAILURES).some(([name, is]) => name === code && is === "transient");
  return [kind, isOutage ? "transient" : code, host ?? "-"].join("|");
}

/** Whether a letter is news, not just one more turn of what people have heard of. */
export function isNews(before: Letter | undefined, after: Letter): boolean {
  if (before === undefined || before.state === "resolved" || before.state === "discarded") return true;
  return !isTold(before) || groupOf(before) !== groupOf(after);
}

/** A letter that a person has acknowledged stays so while the trouble is the same: its history grows, and nobody is told. */
export function stillAcknowledged(before: Letter | undefined, after: Letter): Letter {
  const last = after.history.at(-1);
  if (before?.state !== "acknowledged" || last === undefined || groupOf(before) !== groupOf(after)) return after;
  return { ...after, state: "acknowledged", history: [...after.history.slice(0, -1), { ...last, state: "acknowledged" }] };
}

export function arrivalOf(letter: Letter): Arrival {
  const { kind, code, reason, host, letterId, calendarId, feedId, fingerprint } = letter;
  return { kind, code, reason, host, letterId, calendarId, feedId, fingerprint };
}

/** What is stored in place of `before`, so that nothing written in between is lost. */
export function nextRevision(before: AlertGroup | undefined, after: AlertGroup): AlertGroup {
  return { ...after, revision: (before?.revision ?? 0) + 1 };
}

/** The group with one more in it. The first one, and the first after a long quiet, is a notice of its own; others only count. */
export function joined(group: AlertGroup | undefined, arrival: Arrival, at: string): AlertGroup {
  if (group === undefined || group.state === "recovered") return opened(group, arrival, at);
  const isAnother = since(group.lastAt, at) >= QUIET_MS;
  const { kind: _kind, fingerprint: _fingerprint, ...facts } = arrival;
  const grown: AlertGroup = { ...widened(group, arrival), count: group.count + 1, lastAt: at };
  return isAnother ? noticed({ ...grown, ...facts }, "opened", at) : grown;
}

/** The group with the codes and fingerprints of a letter that is in it already and now says something else; the same one where it has them. */
export function widened(group: AlertGroup, { code, fingerprint }: Pick<Arrival, "code" | "fingerprint">): AlertGroup {
  const codes = withOne(group.codes, code);
  const fingerprints = fingerprint === undefined ? group.fingerprints : withOne(group.fingerprints, fingerprint);
  const isWider = codes.length > group.codes.length || fingerprints.length > group.fingerprints.length;
  return isWider ? { ...group, codes, fingerprints } : group;
}

/** The group as the tick finds it at this instant: a notice more where it grew, lasts or is over; else the same one. */
export function turned(group: AlertGroup, standing: Standing, at: string): AlertGroup {
  if (group.state === "recovered" || !hasLetters(group)) return group;
  if (standing === "none") return isSettled(group, at) ? { ...noticed(group, "recovered", at), state: "recovered" } : group;
  if (group.stage !== "opened") return group;
  const age = since(group.noticedAt, at);
  const growth = group.count - group.noticedCount;
  const isGrown = growth >= GROWN_BY && age >= GROWN_MS;
  const isLasting = growth > 0 && age >= LASTING_MS && standing === "open";
  return isGrown || isLasting ? noticed(group, "escalated", at) : group;
}

/** Whether it is worth a look whether letters of the group are left. */
export function isSettled(group: AlertGroup, at: string): boolean {
  return since(group.lastAt, at) >= SETTLED_MS;
}

/** Whether the group may be forgotten: all was told, or nobody takes it. */
export function isOver(group: AlertGroup, channels: readonly string[], at: string): boolean {
  if (group.kind === "test") return since(group.openedAt, at) >= TEST_OVER_MS;
  const isHeard = channels.every((channel) => (group.told[channel] ?? 0) >= group.notices);
  if (!hasLetters(group)) return since(group.lastAt, at) >= (isHeard ? STALE_OVER_MS : UNTOLD_MS);
  return group.state === "recovered" && (isHeard || since(group.noticedAt, at) >= UNTOLD_MS);
}

/** Channels that have not taken the newest notice and may be asked now; none while another process tells it. */
export function dueChannels(group: AlertGroup, channels: readonly string[], at: string): string[] {
  if (group.claimedUntil !== undefined && group.claimedUntil > at) return [];
  return channels.filter((channel) => {
    const failure = group.failures[channel];
    const waitMs = failure === undefined ? 0 : Math.min(RETRY_MOST_MS, MINUTE_MS * 2 ** (failure.tries - 1)) - EARLY_MS;
    return (group.told[channel] ?? 0) < group.notices && (failure === undefined || since(failure.at, at) >= waitMs);
  });
}

/** The group while this process tells its newest notice. */
export function claimed(group: AlertGroup, at: string): AlertGroup {
  return { ...group, claimedUntil: new Date(Date.parse(at) + CLAIM_MS).toISOString() };
}

/** What came of telling a notice: reasons by channel, undefined where it was taken. */
export type Heard = Readonly<Record<string, string | undefined>>;

/** The group after the notice of this number was told. */
export function heard(group: AlertGroup, notice: number, by: Heard, at: string): AlertGroup {
  const told = { ...group.told };
  const failures = { ...group.failures };
  for (const [channel, reason] of Object.entries(by)) {
    const tries = (failures[channel]?.tries ?? 0) + 1;
    if (reason === undefined) {
      told[channel] = Math.max(told[channel] ?? 0, notice);
      delete failures[channel];
    } else failures[channel] = { at, reason, tries };
  }
  return { ...group, told, failures, claimedUntil: undefined };
}

/** So many alerts opened lately that another one of its own would only be noise. */
export function isStorm(groups: readonly AlertGroup[], at: string): boolean {
  return groups.filter(({ openedAt }) => since(openedAt, at) < STORM_MS).length >= STORM_COUNT;
}

/** Alerts of holds, calendars and hosts are told once; no letter says when they are over. */
function hasLetters({ kind }: AlertGroup): boolean {
  return kind !== "hold" && kind !== "stale" && kind !== "pace" && kind !== "test";
}

function opened(before: AlertGroup | undefined, arrival: Arrival, at: string): AlertGroup {
  const { fingerprint, ...facts } = arrival;
  return {
    ...facts,
    version: 1,
    revision: before?.revision ?? 0,
    group: groupOf(arrival),
    codes: [arrival.code],
    fingerprints: fingerprint === undefined ? [] : [fingerprint],
    count: 1,
    openedAt: at,
    lastAt: at,
    state: "open",
    stage: "opened",
    notices: (before?.notices ?? 0) + 1,
    noticedAt: at,
    noticedCount: 1,
    told: before?.told ?? {},
    failures: before?.failures ?? {},
    claimedUntil: before?.claimedUntil,
  };
}

function noticed(group: AlertGroup, stage: AlertGroup["stage"], at: string): AlertGroup {
  return { ...group, stage, notices: group.notices + 1, noticedAt: at, noticedCount: group.count };
}

function withOne(list: readonly string[], one: string): string[] {
  return list.includes(one) || list.length >= CODES_REMEMBERED ? [...list] : [...list, one];
}

function since(instant: string, at: string): number {
  return Date.parse(at) - Date.parse(instant);
}
