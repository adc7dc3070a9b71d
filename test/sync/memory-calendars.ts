/** Calendars in memory, under the very conditions of the table: what is read and written is copied, a lost condition writes nothing. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { FailureCode } from "../../lib/contract/code.ts";
import type { Checkpoint, Hold, Pending } from "../../lib/contract/checkpoint.ts";
import type { Run } from "../../lib/contract/run.ts";
import { isWaiting, writtenOver } from "../../lib/core/runs.ts";
import type { CalendarBook, Expected, LoadedCalendar } from "../../lib/sync/import-calendar.ts";
import type { CalendarCensus, CalendarRegistry, Page, PageRequest } from "../../lib/sync/registry.ts";
import type { DueCalendar, Wheel } from "../../lib/sync/run-tick.ts";
import type { RunFailure, Successes, WaitingRuns } from "../../lib/sync/record-letter.ts";
import { pageOf, scanPageOf } from "./pages.ts";

type Registry = Omit<CalendarRegistry, "run" | "runs" | "feedsOf" | "load" | "putRun">;

export class MemoryCalendars implements CalendarBook, CalendarCensus, Registry, Successes, WaitingRuns, Wheel {
  readonly metas = new Map<string, Calendar>();
  readonly checkpoints = new Map<string, Checkpoint>();
  readonly holds = new Map<string, Hold>();
  readonly runs = new Map<string, Run>();
  readonly pointers = new Map<string, Set<string>>();
  /** Moves with each checkpoint that is written. */
  writes = 0;
  /** Hears of each checkpoint that was written, with the one before it. */
  observe: ((before: Checkpoint | undefined, after: Checkpoint) => void) | undefined;
  /** Slot to calendars: the sparse index. */
  private readonly slots = new Map<string, Set<string>>();

  async load(calendarId: string): Promise<LoadedCalendar | undefined> {
    const calendar = this.metas.get(calendarId);
    const checkpoint = this.checkpoints.get(calendarId);
    if (calendar === undefined || checkpoint === undefined) return undefined;
    return structuredClone({ calendar, checkpoint, hold: this.holds.get(calendarId) });
  }

  /** Whether people find it; one that is being removed is there, and nobody's to find. */
  isFound(calendarId: string): boolean {
    return (this.metas.get(calendarId)?.state ?? "removed") !== "removed";
  }

  async list(ownerId: string, { limit, cursor = "" }: PageRequest): Promise<Page<LoadedCalendar>> {
    const owned = [...this.metas.values()].filter((calendar) => calendar.ownerId === ownerId && calendar.state !== "removed");
    const keyed = owned.map(({ calendarId, createdAt }) => ({ calendarId, key: `${createdAt} ${calendarId}` }));
    const rest = keyed.filter(({ key }) => key > cursor).toSorted((one, other) => (one.key < other.key ? -1 : 1));
    const shown = await Promise.all(rest.slice(0, limit).map(async ({ calendarId }) => await this.load(calendarId)));
    return {
      items: shown.filter((loaded) => loaded !== undefined),
      cursor: rest.length > limit ? rest[limit - 1]?.key : undefined,
    };
  }

  async everyCalendar(page: PageRequest): Promise<Page<LoadedCalendar>> {
    const { items, cursor } = scanPageOf(this.metas, page);
    const loaded = await Promise.all(items.map(async ({ calendarId }) => await this.load(calendarId)));
    return { items: loaded.filter((each) => each !== undefined), cursor };
  }

  /** Newest first. */
  async runsOf(calendarId: string, page: PageRequest): Promise<Page<Run>> {
    const runs = [...this.runs.values()].filter((run) => run.calendarId === calendarId);
    return pageOf(
      runs.toSorted((one, other) => (one.runId < other.runId ? 1 : -1)),
      page,
    );
  }

  async save(checkpoint: Checkpoint, expected: Expected): Promise<"saved" | "lost"> {
    const stored = this.checkpoints.get(checkpoint.calendarId);
    if (stored === undefined || !isExpected(stored, expected)) return "lost";
    const { host, wheel, staleToldAt, refreshedAt } = stored;
    this.write({ ...checkpoint, host, wheel, staleToldAt, refreshedAt });
    return "saved";
  }

  async feedsOf(calendarId: string): Promise<readonly string[]> {
    return [...(this.pointers.get(calendarId) ?? [])];
  }

  async saveCursor(calendarId: string, pending: Pending): Promise<void> {
    const stored = this.checkpoints.get(calendarId);
    if (stored?.pending?.version === pending.version) this.write({ ...stored, pending });
  }

  async clearPending(calendarId: string, pendingVersion: number): Promise<void> {
    const stored = this.checkpoints.get(calendarId);
    if (stored?.pending?.version === pendingVersion) this.write({ ...stored, pending: undefined });
  }

  async putHold(hold: Hold): Promise<void> {
    const stored = this.holds.get(hold.calendarId);
    if (stored !== undefined && confirmedAt(stored) > confirmedAt(hold)) return;
    this.holds.set(hold.calendarId, structuredClone(hold));
  }

  async endHold(calendarId: string, holdId: string): Promise<void> {
    if (this.holds.get(calendarId)?.holdId === holdId) this.holds.delete(calendarId);
  }

  async putRun(run: Run): Promise<void> {
    const key = `${run.calendarId} ${run.runId}`;
    const before = this.runs.get(key)?.status;
    if (before !== undefined && writtenOver(run.status)?.includes(before) === false) return;
    this.runs.set(key, structuredClone(run));
  }

  async endWaiting({ calendarId, taskId }: Pick<Run, "calendarId" | "taskId">, end: RunFailure): Promise<void> {
    const key = `${calendarId} ${taskId}`;
    const run = this.runs.get(key);
    if (run !== undefined && isWaiting(run)) this.runs.set(key, { ...run, status: "failed", ...end });
  }

  async lastSuccessAt(calendarId: string): Promise<string | undefined> {
    return this.checkpoints.get(calendarId)?.lastSuccessAt;
  }

  async putCheckpoint(checkpoint: Checkpoint): Promise<void> {
    this.write(checkpoint);
  }

  async putCalendar(calendar: Calendar): Promise<void> {
    this.metas.set(calendar.calendarId, structuredClone(calendar));
  }

  async replaceCalendar(calendar: Calendar, before: Calendar): Promise<"saved" | "lost"> {
    const stored = this.metas.get(calendar.calendarId);
    if (stored === undefined || stored.state !== before.state || stored.edition !== before.edition) return "lost";
    await this.putCalendar({ ...calendar, edition: (before.edition ?? 0) + 1 });
    return "saved";
  }

  async leaveWheel(calendarId: string): Promise<void> {
    const stored = this.checkpoints.get(calendarId);
    if (stored !== undefined) this.write({ ...stored, wheel: undefined });
  }

  async enterWheel(calendarId: string, slot: string): Promise<void> {
    const stored = this.checkpoints.get(calendarId);
    if (stored !== undefined && stored.wheel === undefined) this.write({ ...stored, wheel: slot });
  }

  async leaveWheelFor(calendarId: string, code: FailureCode): Promise<void> {
    const stored = this.checkpoints.get(calendarId);
    if (stored?.outcome?.code === code) this.write({ ...stored, wheel: undefined });
  }

  async moveState(calendarId: string, from: Calendar["state"], to: Calendar["state"]): Promise<void> {
    const stored = this.metas.get(calendarId);
    if (stored?.state === from) this.metas.set(calendarId, { ...stored, state: to });
  }

  async moveSlot(calendarId: string, from: string, to: string): Promise<void> {
    const stored = this.checkpoints.get(calendarId);
    if (stored?.wheel === from) this.write({ ...stored, wheel: to });
  }

  async putFeedPointer(calendarId: string, feedId: string): Promise<void> {
    this.pointers.set(calendarId, (this.pointers.get(calendarId) ?? new Set()).add(feedId));
  }

  async markRemoved(calendarId: string): Promise<void> {
    const stored = this.metas.get(calendarId);
    if (stored !== undefined) this.metas.set(calendarId, { ...stored, state: "removed" });
  }

  async deleteCalendar(calendarId: string): Promise<void> {
    this.metas.delete(calendarId);
  }

  async deletePointersAndCheckpoint(calendarId: string): Promise<void> {
    const wheel = this.checkpoints.get(calendarId)?.wheel;
    if (wheel !== undefined) this.slots.get(wheel)?.delete(calendarId);
    this.pointers.delete(calendarId);
    this.holds.delete(calendarId);
    this.checkpoints.delete(calendarId);
  }

  async due(slot: string): Promise<readonly DueCalendar[]> {
    return [...(this.slots.get(slot) ?? [])].map((calendarId) => {
      const { host = "", notBefore } = this.checkpoints.get(calendarId) ?? {};
      return { calendarId, host, notBefore };
    });
  }

  private write(checkpoint: Checkpoint): void {
    const { calendarId, wheel } = checkpoint;
    const before = this.checkpoints.get(calendarId);
    if (before?.wheel !== undefined && before.wheel !== wheel) this.slots.get(before.wheel)?.delete(calendarId);
    if (wheel !== undefined) this.slots.set(wheel, (this.slots.get(wheel) ?? new Set()).add(calendarId));
    const after = structuredClone(checkpoint);
    this.checkpoints.set(calendarId, after);
    this.writes += 1;
    this.observe?.(before, after);
  }
}

/** The table's condition, word for word. */
function isExpected(stored: Checkpoint, expected: Expected): boolean {
  return (
    stored.calendarVersion === expected.calendarVersion &&
    (expected.turn === undefined || stored.lastTurn < expected.turn) &&
    (stored.fetchedAt === undefined || stored.fetchedAt < expected.fetchBegan) &&
    (stored.outcome === undefined || expected.outcomeAt === undefined || stored.outcome.at <= expected.outcomeAt) &&
    (expected.engineKey === undefined || stored.engineKey === expected.engineKey)
  );
}

function confirmedAt({ openedAt, lastConfirmedAt }: Hold): string {
  return lastConfirmedAt ?? openedAt;
}
