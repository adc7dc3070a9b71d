/** Changes of calendars and claims of external ids in memory, under the conditions of the table. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { ExternalIdClaim } from "../../lib/contract/external-id.ts";
import type { Checkpoint, Hold } from "../../lib/contract/checkpoint.ts";
import type { CalendarEditor } from "../../lib/sync/change-calendar.ts";
import type { ExternalIdBook } from "../../lib/sync/claim-external-id.ts";
import type { ForgetfulBook } from "../../lib/sync/refresh-calendar.ts";

type Records = {
  readonly calendars: Map<string, Calendar>;
  readonly checkpoints: Map<string, Checkpoint>;
  readonly holds: Map<string, Hold>;
};

export class MemoryEditor implements CalendarEditor, ForgetfulBook {
  private readonly records: Records;

  constructor(records: Records) {
    this.records = records;
  }

  async changeCalendar(before: Calendar, after: Calendar): Promise<"saved" | "lost"> {
    const stored = this.records.calendars.get(before.calendarId);
    if (stored === undefined || stored.state !== before.state || stored.edition !== before.edition) return "lost";
    this.records.calendars.set(before.calendarId, { ...structuredClone(after), edition: (before.edition ?? 0) + 1 });
    return "saved";
  }

  async forgetSource(calendarId: string, host: string, at: string): Promise<void> {
    const forgotten = this.forgotten(calendarId);
    if (forgotten === undefined) return;
    const { notBefore: _rest, deferredSince: _since, deferrals: _times, refusedHash: _refused, ...kept } = forgotten;
    this.records.checkpoints.set(calendarId, { ...kept, host, fetchedAt: at, failures: 0, attempts: 0 });
    this.records.holds.delete(calendarId);
  }

  async forgetValidators(calendarId: string, holdId: string | undefined, at: string): Promise<void> {
    const forgotten = this.forgotten(calendarId);
    if (forgotten !== undefined) this.records.checkpoints.set(calendarId, { ...forgotten, refreshedAt: at });
    const hold = this.records.holds.get(calendarId);
    if (hold === undefined || hold.holdId !== holdId) return;
    const { etag: _etag, lastModified: _modified, ...rest } = hold;
    this.records.holds.set(calendarId, rest);
  }

  /** Undefined where it was removed meanwhile. */
  private forgotten(calendarId: string): Checkpoint | undefined {
    const checkpoint = this.records.checkpoints.get(calendarId);
    if (checkpoint === undefined) return undefined;
    const { etag: _etag, lastModified: _modified, engineKey: _engine, contentHash: _hash, ...rest } = checkpoint;
    return structuredClone(rest);
  }
}

export class MemoryExternalIds implements ExternalIdBook {
  readonly claims = new Map<string, ExternalIdClaim>();

  async claimOf(ownerId: string, externalId: string): Promise<ExternalIdClaim | undefined> {
    return structuredClone(this.claims.get(`${ownerId} ${externalId}`));
  }

  async claim(claim: ExternalIdClaim, over: ExternalIdClaim | undefined): Promise<"saved" | "lost"> {
    const name = `${claim.ownerId} ${claim.externalId}`;
    const stored = this.claims.get(name);
    if (stored?.calendarId !== over?.calendarId || stored?.at !== over?.at) return "lost";
    this.claims.set(name, structuredClone(claim));
    return "saved";
  }

  async release({ ownerId, externalId, calendarId, at }: Parameters<ExternalIdBook["release"]>[0]): Promise<void> {
    const name = `${ownerId} ${externalId}`;
    const stored = this.claims.get(name);
    if (stored?.calendarId === calendarId && (at === undefined || stored.at === at)) this.claims.delete(name);
  }
}
