/** Tell people of trouble: at once where it is news, else by a count that the tick tells. */
import type { AlertGroup } from "../contract/alert.ts";
import { claimed, dueChannels, groupOf, heard, isStorm, joined, nextRevision, widened } from "../core/alert-groups.ts";
import type { Arrival, Heard } from "../core/alert-groups.ts";
import { alertMessage } from "../core/alert-message.ts";
import type { AlertMessage } from "../core/alert-message.ts";

export interface AlertBook {
  /** Every alert that is not over, by one query. */
  groups(): Promise<readonly AlertGroup[]>;
  group(name: string): Promise<AlertGroup | undefined>;
  /** Writes the group where the stored revision is the one before (or none); false where another write came first. */
  put(group: AlertGroup): Promise<boolean>;
  /** Removes the group where the stored revision is still this one. */
  remove(group: AlertGroup): Promise<void>;
}
/** One way to people: the alerts topic, the webhook. */
export interface AlertChannel {
  readonly name: string;
  /** Throws where it was not taken; no secret is in the error. */
  tell(message: AlertMessage): Promise<void>;
}
export type AlertPorts = { readonly alerts: AlertBook; readonly channels: readonly AlertChannel[] };

/** A notice that this process has claimed, and the channels that have not taken it. */
export type DueNotice = { readonly group: AlertGroup; readonly channels: readonly string[] };

const TRIES = 10;
const REASON_LENGTH = 300;

/**
 * Counts the arrival in its group. The group is stored before anybody is told, so that a channel that is down, or a crash,
 * leaves the rest to the next tick.
 */
export async function raiseAlert(arrival: Arrival, ports: AlertPorts, now: Date): Promise<void> {
  const at = now.toISOString();
  const names = ports.channels.map(({ name }) => name);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const before = await ports.alerts.group(groupOf(arrival));
    const after = joined(before, arrival, at);
    const isNotice = after.notices !== before?.notices;
    const channels = isNotice && !isStorm(await ports.alerts.groups(), at) ? dueChannels(after, names, at) : [];
    const stored = nextRevision(before, channels.length === 0 ? after : claimed(after, at));
    if (!(await ports.alerts.put(stored))) continue;
    if (channels.length > 0) await tellNotices([{ group: stored, channels }], ports, now);
    return;
  }
  throw disturbed(arrival);
}

/** Has the arrival's group look for its letters where this one goes; nobody is told, for they have heard of the letter. */
export async function widenAlert(arrival: Arrival, alerts: AlertBook): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const before = await alerts.group(groupOf(arrival));
    if (before === undefined) return;
    const after = widened(before, arrival);
    if (after === before || (await alerts.put(nextRevision(before, after)))) return;
  }
  throw disturbed(arrival);
}

/** Gives each channel one message of all that it has not taken; gives the reasons of those that took nothing, by channel. */
export async function tellNotices(due: readonly DueNotice[], ports: AlertPorts, now: Date): Promise<Heard> {
  const answers = await Promise.all(
    ports.channels.map(async (channel) => {
      const [first, ...others] = due.filter(({ channels }) => channels.includes(channel.name)).map(({ group }) => group);
      if (first === undefined) return [];
      const reason = await channel.tell(alertMessage(first, ...others)).then(() => undefined, reasonOf);
      return [[channel.name, reason] as const];
    }),
  );
  const all: Heard = Object.fromEntries(answers.flat());
  for (const { group, channels } of due) {
    const by = Object.fromEntries(channels.map((channel) => [channel, all[channel]]));
    await remember(group, by, ports.alerts, now.toISOString());
  }
  return all;
}

/** Who cannot write it down leaves the claim to its end: the notice is told once more, never not at all. */
async function remember(told: AlertGroup, by: Heard, alerts: AlertBook, at: string): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const stored = await alerts.group(told.group);
    if (stored === undefined || (await alerts.put(nextRevision(stored, heard(stored, told.notices, by, at))))) return;
  }
}

function disturbed(arrival: Arrival): Error {
  const what = `alert ${groupOf(arrival)} was written by others ${TRIES} times in a row, wanted one write`;
  return new Error(`${what}; the message comes back`);
}

function reasonOf(error: unknown): string {
  return String(error).slice(0, REASON_LENGTH);
}
