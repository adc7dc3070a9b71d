/** A committed change set as messages for the topic: one kind each, none too large for SNS. */
import type { Calendar } from "../contract/calendar.ts";
import type { ChangeMessage, ChangeSet, EventChange } from "../contract/change.ts";

/** SNS takes 256 KiB; attributes and JSON escapes need room. */
const MESSAGE_BYTES = 200_000;
/** Whose they are. */
type OfChanges = Partial<Pick<Calendar, "ownerId" | "externalId">>;
const KINDS = ["created", "updated", "deleted"] as const;

/** Same set, same messages, in the same order: the cursor counts them. A single change above the limit is sent as its object's key. */
export function changeMessages(set: ChangeSet, changesKey: string, of: OfChanges = {}): ChangeMessage[] {
  return wholeMessages(set, of).map(({ changes = [], ...message }) =>
    Object.assign(message, sizeOf(changes) > MESSAGE_BYTES ? { changesKey } : { changes }),
  );
}

/** The same parts with whatever is in them, for whoever asks for them instead. */
export function wholeMessages(
  set: Pick<ChangeSet, "calendarId" | "calendarVersion" | "previousVersion" | "changes">,
  of: OfChanges,
): ChangeMessage[] {
  const groups = KINDS.flatMap((kind) =>
    packed(set.changes.filter((change) => change.kind === kind)).map((changes) => ({ kind, changes })),
  );
  return groups.map((group, index) => Object.assign(sharedOf(set, of), { part: index + 1, parts: groups.length }, group));
}

type Shared = Pick<ChangeMessage, "version" | "calendarId" | "ownerId" | "externalId" | "calendarVersion" | "previousVersion">;

function sharedOf(
  { calendarId, calendarVersion, previousVersion }: Pick<ChangeSet, "calendarId" | "calendarVersion" | "previousVersion">,
  { ownerId, externalId }: OfChanges,
): Shared {
  const names = {
    ...(ownerId === undefined ? {} : { ownerId }),
    ...(externalId === undefined ? {} : { externalId }),
  };
  return { version: 1, calendarId, ...names, calendarVersion, previousVersion };
}

function packed(changes: readonly EventChange[]): EventChange[][] {
  const packs: EventChange[][] = [];
  let room = 0;
  for (const change of changes) {
    const size = sizeOf(change);
    const pack = packs.at(-1);
    if (pack === undefined || size > room) {
      packs.push([change]);
      room = MESSAGE_BYTES - size;
    } else {
      pack.push(change);
      room -= size;
    }
  }
  return packs;
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
