/** The alerts' clock: each tick tells what is not told yet, what grew or lasts, and what is over. */
import type { AlertGroup } from "../contract/alert.ts";
import { claimed, dueChannels, isOver, isSettled, nextRevision, turned } from "../core/alert-groups.ts";
import type { Standing } from "../core/alert-groups.ts";
import { tellNotices } from "./raise-alert.ts";
import type { AlertPorts, DueNotice } from "./raise-alert.ts";

export interface LetterStandings {
  /** How the letters of these fingerprints stand that nobody has closed. */
  standing(fingerprints: readonly string[]): Promise<Standing>;
}
export type TendPorts = AlertPorts & { readonly letters: LetterStandings };
export type TendContext = { readonly now: () => Date; readonly deadline: Date };

/** `untold`: reasons of the channels that took nothing, by channel; without a url. */
export type TendReport = { readonly groups: number; readonly told: number; readonly untold: Readonly<Record<string, string>> };

const AT_ONCE = 8;

/** One cheap read where there is no alert. */
export async function tendAlerts(ports: TendPorts, { now, deadline }: TendContext): Promise<TendReport> {
  const groups = await ports.alerts.groups();
  const due: DueNotice[] = [];
  for (const some of inParts(groups)) {
    if (now() >= deadline) break;
    const tended = await Promise.all(some.map(async (group) => await tendGroup(group, ports, now().toISOString())));
    due.push(...tended.flat());
  }
  const heard = await tellNotices(inOrder(due), ports, now());
  const untold = Object.entries(heard).flatMap(([channel, reason]) => (reason === undefined ? [] : [[channel, reason] as const]));
  return { groups: groups.length, told: due.length, untold: Object.fromEntries(untold) };
}

function inParts(groups: readonly AlertGroup[]): (readonly AlertGroup[])[] {
  const count = Math.ceil(groups.length / AT_ONCE);
  return Array.from({ length: count }, (_, part) => groups.slice(part * AT_ONCE, (part + 1) * AT_ONCE));
}

/** Moves the group on, and claims what is to be told of it. */
async function tendGroup(group: AlertGroup, ports: TendPorts, at: string): Promise<DueNotice[]> {
  const names = ports.channels.map(({ name }) => name);
  if (isOver(group, names, at)) {
    await ports.alerts.remove(group);
    return [];
  }
  const next = turned(group, await standingOf(group, ports.letters, at), at);
  const channels = dueChannels(next, names, at);
  if (channels.length === 0 && next === group) return [];
  const stored = nextRevision(group, channels.length === 0 ? next : claimed(next, at));
  return (await ports.alerts.put(stored)) && channels.length > 0 ? [{ group: stored, channels }] : [];
}

/** While letters still come in nobody needs to look for them. */
async function standingOf(group: AlertGroup, letters: LetterStandings, at: string): Promise<Standing> {
  return group.state === "open" && isSettled(group, at) ? await letters.standing(group.fingerprints) : "open";
}

/** What is new goes first, for a long list is cut at its end. */
function inOrder(due: readonly DueNotice[]): DueNotice[] {
  const rank = { opened: 0, escalated: 1, recovered: 2 } as const satisfies Record<AlertGroup["stage"], number>;
  return due.toSorted((one, other) => rank[one.group.stage] - rank[other.group.stage]);
}
