/** What a person is shown of a hold, so that they can decide. */
import type { Calendar } from "../contract/calendar.ts";
import type { EventChange } from "../contract/change.ts";
import type { Hold } from "../contract/checkpoint.ts";
import type { HoldDetails, HoldView } from "../contract/hold-view.ts";
import type { SnapshotEvent } from "../contract/snapshot.ts";
import { propertyOf, readComponent } from "../ics/component.ts";
import { unescapeText } from "../ics/content-line.ts";
import { tzidOf } from "../ics/moment.ts";
import { appliesAfter } from "./hold.ts";

export type RemovedEvent = HoldDetails["removed"][number];

/** Enough to recognize a mistake by; all of them are in the numbers. */
const REMOVED_SHOWN = 20;

export function holdView({ calendarId, name }: Pick<Calendar, "calendarId" | "name">, hold: Hold): HoldView {
  return {
    holdId: hold.holdId,
    calendarId,
    name,
    openedAt: hold.openedAt,
    confirmations: hold.confirmations,
    lastConfirmedAt: hold.lastConfirmedAt,
    appliesAfter: appliesAfter(hold),
    eventCount: hold.eventCount,
    removedCount: hold.removedCount,
    keptCount: hold.keptCount,
  };
}

/** The first events by start that the changes delete. */
export function firstRemoved(previous: readonly SnapshotEvent[], changes: readonly EventChange[]): RemovedEvent[] {
  const key = ({ uid, recurrenceId = "" }: Pick<EventChange, "uid" | "recurrenceId">): string => `${recurrenceId}\n${uid}`;
  const deleted = new Set(changes.filter(({ kind }) => kind === "deleted").map(key));
  const removed = previous.filter((event) => deleted.has(key(event))).map(removedOf);
  return removed.toSorted((one, other) => compare(one.start ?? "", other.start ?? "")).slice(0, REMOVED_SHOWN);
}

function removedOf({ uid, recurrenceId, text }: SnapshotEvent): RemovedEvent {
  const event = readComponent(text);
  const [summary, start] = [propertyOf(event, "SUMMARY"), propertyOf(event, "DTSTART")];
  return {
    uid,
    recurrenceId,
    summary: summary === undefined ? undefined : unescapeText(summary.value),
    start: start === undefined ? undefined : [start.value, tzidOf(start)].filter((part) => part !== undefined).join(" "),
  };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
