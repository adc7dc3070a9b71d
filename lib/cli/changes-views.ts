/** Messages of the changes topic as lines for people. */
import { ChangeMessage } from "../contract/change.ts";
import type { ChangesPage } from "../contract/changes-page.ts";
import { LifeMessage } from "../contract/life.ts";
import { tableOf } from "./table.ts";

/** What `--kind` takes. */
export const KINDS: readonly string[] = [...ChangeMessage.shape.kind.options, ...LifeMessage.options.map(kindOf)];

const COLUMNS = [
  { head: "VERSION", align: "right" as const },
  { head: "AFTER", align: "right" as const },
  { head: "KIND" },
  { head: "PART" },
  { head: "EVENTS", align: "right" as const },
];

/** Undefined where this release knows no such message. */
export function readHeard(body: string): ChangeMessage | LifeMessage | undefined {
  const json = parsed(body);
  return ChangeMessage.safeParse(json).data ?? LifeMessage.safeParse(json).data;
}

/** `01:02:03  import.finished  cal k3v0q8x2m7c1a5ze  version 7: 1 created, 0 updated, 2 deleted`. */
export function tellHeard(message: ChangeMessage | LifeMessage, heardAt: string): string {
  return [heardAt.slice("2026-05-06T".length, "2026-05-06T01:02:03".length), message.kind.padEnd(17), factsOf(message)].join(
    "  ",
  );
}

export function tellPage({ items, calendarVersion, cursor }: ChangesPage): string {
  const rows = items.map((message) => {
    const [version, previous] = [String(message.calendarVersion), String(message.previousVersion)];
    if (message.kind !== "import.finished") {
      return [version, previous, message.kind, `${message.part} of ${message.parts}`, String(message.changes?.length ?? 0)];
    }
    return [version, previous, message.kind, "", String(message.created + message.updated + message.deleted)];
  });
  const table = tableOf(COLUMNS, rows, `nothing: version ${calendarVersion} is the present one`);
  return cursor === undefined ? table : `${table}\nthere is more: --cursor ${cursor}`;
}

function factsOf(message: ChangeMessage | LifeMessage): string {
  switch (message.kind) {
    case "created":
    case "updated":
    case "deleted": {
      const events = message.changes === undefined ? "an event too large for the topic" : `${message.changes.length} events`;
      return `cal ${message.calendarId}  version ${message.calendarVersion}, part ${message.part} of ${message.parts}: ${events}`;
    }
    case "import.finished": {
      const { calendarId, calendarVersion, created, updated, deleted } = message;
      return `cal ${calendarId}  version ${calendarVersion}: ${created} created, ${updated} updated, ${deleted} deleted`;
    }
    case "import.failed":
      return `cal ${message.calendarId}  ${message.code}, ${message.failures} turns in a row`;
    case "hold.opened":
      return `cal ${message.calendarId}  hold ${message.holdId}: ${message.removedCount} events would go`;
    case "letter.opened":
      return `letter ${message.letterId}  ${message.code}`;
    case "feed.published":
      return `feed ${message.feedId}  revision ${message.revision}: ${message.eventCount} events, ${message.bytes} bytes`;
    case "download.finished":
      return `download ${message.downloadId}  ${message.bytes} bytes`;
    case "download.failed":
      return `download ${message.downloadId}  ${message.code}`;
  }
}

function kindOf({ shape }: (typeof LifeMessage.options)[number]): string {
  return shape.kind.value;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
