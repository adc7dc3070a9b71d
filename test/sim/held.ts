/** Holds: who opens, confirms, applies and ends one, and when. */
import type { Hold } from "../../lib/contract/checkpoint.ts";
import { isAnothers } from "../../lib/core/hold.ts";
import { brokenOf } from "./rules.ts";
import type { Rule } from "./rules.ts";
import type { Process, Simulation } from "./simulation.ts";
import type { Seen, Witness } from "./witness.ts";

const HOUR_MS = 3_600_000;
const CONFIRMATIONS = 3;

export class Held {
  private readonly simulation: Simulation;
  private readonly witness: Witness;

  constructor(simulation: Simulation, witness: Witness) {
    this.simulation = simulation;
    this.witness = witness;
    const { calendars } = simulation.world;
    const [putHold, endHold] = [calendars.putHold.bind(calendars), calendars.endHold.bind(calendars)];
    calendars.putHold = async (hold) => {
      this.check(hold, this.putRules(hold));
      const read = simulation.actor === undefined ? undefined : witness.seen(simulation.actor);
      const before = calendars.holds.get(hold.calendarId);
      await putHold(hold);
      const isPut = calendars.holds.get(hold.calendarId) !== before;
      if (isPut && read !== undefined) simulation.heldAfter.set(hold.holdId, read.checkpoint);
    };
    calendars.endHold = async (calendarId, holdId) => {
      const hold = calendars.holds.get(calendarId);
      if (hold?.holdId === holdId) this.check(hold, this.endRules(hold));
      await endHold(calendarId, holdId);
    };
  }

  private putRules(hold: Hold): Rule[] {
    const process = this.simulation.actor;
    const seen = process === undefined ? undefined : this.witness.seen(process);
    const heard = process === undefined ? undefined : this.witness.heard(process);
    if (process === undefined || seen === undefined || heard === undefined)
      return [[false, "was put by somebody who asked nobody"]];
    const known = seen.hold?.holdId === hold.holdId ? seen.hold : undefined;
    const isRefused = hold.contentHash === seen.checkpoint.refusedHash;
    return [
      ...(known === undefined ? openedRules(hold, seen, process) : confirmedRules(known, hold, process)),
      [this.simulation.world.objects.stored.has(hold.objectKey), "has no object"],
      [heard.kind === "unchanged" || this.bodyOf(hold) === heard.body, "keeps another body than was heard"],
      [!isRefused || hold.isRefused === true, "forgot that a person rejected it"],
      [heard.kind === "complete" || known !== undefined, "was opened by a 304"],
      [seen.checkpoint.snapshotKey !== undefined, "holds a first import"],
    ];
  }

  private bodyOf({ objectKey }: Hold): string | undefined {
    const bytes = this.simulation.world.objects.stored.get(objectKey)?.bytes;
    return bytes === undefined ? undefined : Buffer.from(bytes).toString();
  }

  /** A sound answer ends a hold, a person does, and its own application; else it stands. */
  private endRules(hold: Hold): Rule[] {
    const process = this.simulation.actor;
    const checkpoint = this.simulation.world.calendars.checkpoints.get(hold.calendarId);
    if (process === undefined || checkpoint === undefined) return [];
    const confirmedAt = hold.lastConfirmedAt ?? hold.openedAt;
    const { fetchedAt = "", outcome } = checkpoint;
    // Who put it back, lost its save and then found the calendar sound ends it with the same fetch.
    const isOver = fetchedAt > confirmedAt || (fetchedAt === confirmedAt && outcome?.status !== "held");
    const isEnded = isOver || isOutdated(hold, this.simulation) || this.hasDecidedBefore(process, hold);
    const calendar = this.simulation.world.calendars.metas.get(hold.calendarId);
    if (calendar !== undefined && isAnothers(hold, calendar)) return [];
    return [[isEnded, `was ended by ${process.name} while it stands`]];
  }

  /** Who saved a decision on it as it was before a later fetch confirmed it takes that with it; the next fetch opens another. */
  private hasDecidedBefore(process: Process, hold: Hold): boolean {
    const read = this.witness.seen(process)?.stored;
    return read?.holdId === hold.holdId && read !== hold && process.done.includes("calendars.save");
  }

  private check(hold: Hold, rules: readonly Rule[]): void {
    for (const text of brokenOf(rules)) this.simulation.violate(`hold ${hold.holdId} ${text}`);
  }
}

/** Who put it last had read another checkpoint than was stored since: it loses its save, and decides again. */
export function isOutdated({ holdId, calendarId, openedAt, lastConfirmedAt = openedAt }: Hold, simulation: Simulation): boolean {
  const read = simulation.heldAfter.get(holdId);
  const stored = simulation.world.calendars.checkpoints.get(calendarId);
  if (read === undefined || stored === undefined) return false;
  const { fetchedAt = "", calendarVersion } = stored;
  const isSaved = fetchedAt >= lastConfirmedAt;
  return !isSaved && (calendarVersion > read.calendarVersion || fetchedAt > (read.fetchedAt ?? ""));
}

function openedRules({ confirmations, openedAt, lastConfirmedAt }: Hold, seen: Seen, process: Process): Rule[] {
  return [
    [seen.hold === undefined, `was opened beside ${seen.hold?.holdId}, which stands`],
    [confirmations === 0 && lastConfirmedAt === undefined, `was opened with ${confirmations} confirmations`],
    [Date.parse(openedAt) >= process.startedMs, `was opened at ${openedAt}, before anybody asked`],
    [process.done.includes("alerts.put"), "was opened and people were not told"],
  ];
}

/** Waiting for a partial loss says nothing of a total one: its time starts anew. */
function confirmedRules(known: Hold, hold: Hold, process: Process): Rule[] {
  const isEmptied = hold.eventCount === 0 && known.eventCount > 0;
  const isAnew = hold.confirmations === 0 && Date.parse(hold.openedAt) >= process.startedMs;
  const isOneMore = hold.confirmations === known.confirmations + 1 && hold.openedAt === known.openedAt;
  const isMoved = known.contentHash === hold.contentHash && known.objectKey !== hold.objectKey;
  return [
    [isEmptied ? isAnew : isOneMore, `was confirmed from ${known.confirmations} to ${hold.confirmations}`],
    [!isDue(known, hold), `is confirmed for the ${hold.confirmations}th time, and not applied`],
    [!process.done.includes("alerts.put") || hasReadTwice(process), "was told again"],
    [!isMoved, "was stored again"],
    [known.isRefused !== true || hold.isRefused === true, "was rejected, and forgot it"],
  ];
}

function isDue(known: Hold, { confirmations, openedAt, lastConfirmedAt, isRefused }: Hold): boolean {
  const leastMs = (known.eventCount === 0 ? 72 : 24) * HOUR_MS;
  const ageMs = Date.parse(lastConfirmedAt ?? "") - Date.parse(openedAt);
  return confirmations >= CONFIRMATIONS && ageMs >= leastMs && isRefused !== true;
}

/** Who lost a save has decided on another calendar before. */
function hasReadTwice({ done }: Process): boolean {
  return done.filter((method) => method === "calendars.load").length > 1;
}
