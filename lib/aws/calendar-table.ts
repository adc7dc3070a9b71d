/** Calendars in the table: what workers save under its condition, what owners register, list and remove. */
import type { Calendar } from "../contract/calendar.ts";
import { Checkpoint } from "../contract/checkpoint.ts";
import type { FailureCode } from "../contract/code.ts";
import type { Hold, Pending } from "../contract/checkpoint.ts";
import type { Run } from "../contract/run.ts";
import type { Expected, LoadedCalendar } from "../sync/import-calendar.ts";
import type { RunFailure } from "../sync/record-letter.ts";
import type { Page, PageRequest } from "../sync/registry.ts";
import {
  calendarKey,
  checkpointKey,
  feedPointerKey,
  fitted,
  holdKey,
  ownedCalendarKey,
  ownedHoldKey,
  readCalendar,
  stillAs,
} from "./calendar-items.ts";
import { leftItem } from "./owner-table.ts";
import { everyCalendar, listCalendars, listHolds } from "./calendar-lists.ts";
import type { Condition } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";
import { endWaitingRun, putRun, readRun, readRuns } from "./run-table.ts";

/** A worker moves everything but the calendar's name and its place on the wheel, which are its owner's as is the wish to read it anew, and what the tick has told. */
const OWNERS_FIELDS = new Set(["calendarId", "host", "wheel", "staleToldAt", "refreshedAt"]);
const SAVED_FIELDS = Object.keys(Checkpoint.shape).filter((field) => !OWNERS_FIELDS.has(field));

export class CalendarTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async load(calendarId: string): Promise<LoadedCalendar | undefined> {
    const items = await this.table.query({
      expression: "#pk = :pk AND begins_with(#sk, :meta)",
      values: { ":pk": calendarKey(calendarId).pk, ":meta": "META" },
    });
    return readCalendar(items);
  }

  async save(checkpoint: Checkpoint, expected: Expected): Promise<"saved" | "lost"> {
    const set = Object.fromEntries(Object.entries(fitted(checkpoint)).filter(([field]) => !OWNERS_FIELDS.has(field)));
    const remove = SAVED_FIELDS.filter((field) => set[field] === undefined);
    const saved = await this.table.update(checkpointKey(checkpoint.calendarId), { set, remove }, stillExpected(expected));
    return saved === undefined ? "lost" : "saved";
  }

  async feedsOf(calendarId: string): Promise<readonly string[]> {
    const items = await this.table.query({
      expression: "#pk = :pk AND begins_with(#sk, :feed)",
      values: { ":pk": calendarKey(calendarId).pk, ":feed": "FEED#" },
    });
    return items.map((item) => String(item["sk"]).slice("FEED#".length));
  }

  async saveCursor(calendarId: string, pending: Pending): Promise<void> {
    await this.table.update(checkpointKey(calendarId), { set: { pending } }, stillPending(pending.version));
  }

  async clearPending(calendarId: string, pendingVersion: number): Promise<void> {
    await this.table.update(checkpointKey(calendarId), { remove: ["pending"] }, stillPending(pendingVersion));
  }

  async putHold(hold: Hold): Promise<void> {
    const owned = hold.ownerId === undefined ? {} : { ownedKey: ownedHoldKey(hold) };
    const isOlder = "(attribute_not_exists(#lastConfirmedAt) AND #openedAt <= :at) OR #lastConfirmedAt <= :at";
    const mayPut = {
      expression: `attribute_not_exists(#holdId) OR ${isOlder}`,
      values: { ":at": hold.lastConfirmedAt ?? hold.openedAt },
    };
    await this.table.put({ ...holdKey(hold.calendarId), ...hold, ...owned }, mayPut);
  }

  async endHold(calendarId: string, holdId: string): Promise<void> {
    await this.table.delete(holdKey(calendarId), { expression: "#holdId = :holdId", values: { ":holdId": holdId } });
  }

  async putRun(run: Run): Promise<void> {
    await putRun(this.table, run);
  }

  async endWaiting(task: Pick<Run, "calendarId" | "taskId">, end: RunFailure): Promise<void> {
    await endWaitingRun(this.table, task, end);
  }

  /** UTC instant of the last success; what settles a letter that came late. */
  async lastSuccessAt(calendarId: string): Promise<string | undefined> {
    const item = await this.table.get(checkpointKey(calendarId), ["lastSuccessAt"]);
    return Checkpoint.shape.lastSuccessAt.parse(item?.["lastSuccessAt"]);
  }

  /** One owner's calendars by age. */
  async list(ownerId: string, page: PageRequest): Promise<Page<LoadedCalendar>> {
    return await listCalendars(this.table, ownerId, page);
  }

  /** One owner's calendars under a hold, the oldest hold first. */
  async holds(ownerId: string, page: PageRequest): Promise<Page<LoadedCalendar>> {
    return await listHolds(this.table, ownerId, page);
  }

  async everyCalendar(page: PageRequest): Promise<Page<LoadedCalendar>> {
    return await everyCalendar(this.table, page);
  }

  async putCheckpoint(checkpoint: Checkpoint): Promise<void> {
    await this.table.put({ ...checkpointKey(checkpoint.calendarId), ...fitted(checkpoint) });
  }

  async putCalendar(calendar: Calendar): Promise<void> {
    await this.table.put({ ...calendarKey(calendar.calendarId), ...calendar, ownedKey: ownedCalendarKey(calendar) });
  }

  async replaceCalendar(calendar: Calendar, before: Calendar): Promise<"saved" | "lost"> {
    const fields = { ...calendar, edition: (before.edition ?? 0) + 1, ownedKey: ownedCalendarKey(calendar) };
    return await this.table.put({ ...calendarKey(calendar.calendarId), ...fields }, stillAs(before));
  }

  async leaveWheel(calendarId: string): Promise<void> {
    await this.table.update(checkpointKey(calendarId), { remove: ["wheel"] }, { expression: "attribute_exists(#pk)" });
  }

  async leaveWheelFor(calendarId: string, code: FailureCode): Promise<void> {
    const stillSo = { expression: "#outcome.#code = :outcomeCode", values: { ":outcomeCode": code } };
    await this.table.update(checkpointKey(calendarId), { remove: ["wheel"] }, stillSo);
  }

  async moveState(calendarId: string, from: Calendar["state"], to: Calendar["state"]): Promise<void> {
    const stillSo = { expression: "#state = :stateRead", values: { ":stateRead": from } };
    await this.table.update(calendarKey(calendarId), { set: { state: to } }, stillSo);
  }

  async enterWheel(calendarId: string, slot: string): Promise<void> {
    const isOff = { expression: "attribute_exists(#pk) AND attribute_not_exists(#wheel)" };
    await this.table.update(checkpointKey(calendarId), { set: { wheel: slot } }, isOff);
  }

  async moveSlot(calendarId: string, from: string, to: string): Promise<void> {
    const stillThere = { expression: "#wheel = :from", values: { ":from": from } };
    await this.table.update(checkpointKey(calendarId), { set: { wheel: to } }, stillThere);
  }

  async putFeedPointer(calendarId: string, feedId: string): Promise<void> {
    await this.table.put({ ...feedPointerKey(calendarId, feedId), calendarId, feedId });
  }

  async markRemoved(calendarId: string): Promise<void> {
    await this.table.update(calendarKey(calendarId), { set: { state: "removed" } }, { expression: "attribute_exists(#pk)" });
  }

  /** Its runs and objects stay; that they are there is remembered until its owner is erased. */
  async deleteCalendar(calendarId: string): Promise<void> {
    const { ownerId } = (await this.table.get(calendarKey(calendarId), ["ownerId"])) ?? {};
    if (typeof ownerId === "string") await this.table.put(leftItem(ownerId, { kind: "calendar", id: calendarId }));
    await this.table.delete(calendarKey(calendarId));
  }

  /** The checkpoint goes last: while it stands, somebody may still find the rest. */
  async deletePointersAndCheckpoint(calendarId: string): Promise<void> {
    const feeds = await this.feedsOf(calendarId);
    await this.table.deleteAll([...feeds.map((feedId) => feedPointerKey(calendarId, feedId)), holdKey(calendarId)]);
    await this.table.delete(checkpointKey(calendarId));
  }

  async run(calendarId: string, runId: string): Promise<Run | undefined> {
    return await readRun(this.table, calendarId, runId);
  }

  async runs(calendarId: string, page: PageRequest): Promise<Page<Run>> {
    return await readRuns(this.table, calendarId, page);
  }
}

/** A missing item fails the first comparison, so that nothing is written for a calendar that was removed. */
function stillExpected(expected: Expected): Condition {
  const newerTurn = expected.turn === undefined ? "" : " AND #lastTurn < :expectedTurn";
  const sameOutcome =
    expected.outcomeAt === undefined ? "" : " AND (attribute_not_exists(#outcome) OR #outcome.#at <= :outcomeAt)";
  const sameKey = expected.engineKey === undefined ? "" : " AND #engineKey = :engineKey";
  return {
    expression: `#calendarVersion = :expectedVersion${newerTurn} AND (attribute_not_exists(#fetchedAt) OR #fetchedAt < :fetchBegan)${sameOutcome}${sameKey}`,
    values: {
      ":expectedVersion": expected.calendarVersion,
      ":fetchBegan": expected.fetchBegan,
      ...(expected.turn === undefined ? {} : { ":expectedTurn": expected.turn }),
      ...(expected.outcomeAt === undefined ? {} : { ":outcomeAt": expected.outcomeAt }),
      ...(expected.engineKey === undefined ? {} : { ":engineKey": expected.engineKey }),
    },
  };
}

function stillPending(version: number): Condition {
  return { expression: "#pending.#version = :expectedVersion", values: { ":expectedVersion": version } };
}
