/** A registry's file that comes from another stack: calendars, a feed, keys, a host, and what owners have besides. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import type { RegistryLine } from "../../lib/contract/registry-file.ts";
import { newCalendar, newFeed } from "../../lib/core/registry.ts";
import { textOfLine } from "../../lib/core/registry-file.ts";
import { newLink } from "../../lib/sync/create-link.ts";
import type { Counter } from "./counter.ts";

export const MOVED_OWNER = "moved";
/** Known by its key alone. */
const KEYED = "keyed";
export const MOVED_FEED = "moved-feed";
const MOVED_HOST = "moved.example";
/** Later than any storm. */
const AT = "2031-01-01T00:00:00.000Z";
const WINDOW = { kind: "once", from: AT, to: "2031-01-02T00:00:00.000Z" } as const;

/** Without events: what is not registered here has no versions that an app could ask for. */
export function sentRegistry(counter: Counter): readonly string[] {
  const createdAt = counter.context().now().toISOString();
  const lines: readonly RegistryLine[] = [
    { kind: "registry", version: 1, exportedAt: createdAt, withEvents: false },
    { kind: "host", version: 1, host: { host: MOVED_HOST, startsPerSecond: 0.5, blackout: [WINDOW] } },
    ...keysOf(createdAt),
    ...calendarsOf(counter, createdAt),
    feedOf(counter, createdAt),
    { kind: "owner", version: 1, owner: { version: 1, ownerId: KEYED, state: "suspended", since: createdAt } },
    { kind: "quota", version: 1, quota: { version: 1, ownerId: MOVED_OWNER, calendars: 50 } },
    ...plansOf(createdAt),
  ];
  return [...lines, { kind: "end" as const, version: 1 as const, records: lines.length }].map((line) =>
    textOfLine(line).trimEnd(),
  );
}

function keysOf(createdAt: string): RegistryLine[] {
  const key = { version: 1, label: "moved", state: "active", createdAt } as const;
  return [
    { kind: "key", version: 1, key: { ...key, keyHash: "a".repeat(64), scope: "admin" } },
    { kind: "key", version: 1, key: { ...key, keyHash: "b".repeat(64), scope: "owner", ownerId: KEYED } },
  ];
}

function calendarsOf({ weather }: Counter, at: string): RegistryLine[] {
  const url = { kind: "url", url: weather.addSource().url } as const;
  const pulled = { ownerId: MOVED_OWNER, source: url, intervalMinutes: 15 } as const;
  const pushed = { ownerId: MOVED_OWNER, source: { kind: "push" }, externalId: "moved-app" } as const;
  return [pulled, pushed].map((draft, index): RegistryLine => {
    const { calendar, checkpoint } = newCalendar(CalendarDraft.parse(draft), `moved-${index}`, at);
    return { kind: "calendar", version: 1, calendar, checkpoint };
  });
}

function feedOf(counter: Counter, at: string): RegistryLine {
  const members = [{ calendarId: "moved-0" }, { calendarId: "moved-1" }];
  const made = newFeed(FeedDraft.parse({ name: "Moved", ownerId: MOVED_OWNER, members }), MOVED_FEED, at);
  const links = ["one", "two"].map((label) => newLink(MOVED_FEED, { label }, counter.context()).link);
  return { kind: "feed", version: 1, ...made, links };
}

function plansOf(createdAt: string): RegistryLine[] {
  const target = { kind: "sync", calendarId: "moved-0" } as const;
  const reservation = { version: 1, ownerId: MOVED_OWNER, target, at: AT, revision: 1, createdAt } as const;
  const every = { cron: "0 7 * * 1", zone: "UTC" };
  const subject = { kind: "calendar", id: "moved-0" } as const;
  return [
    { kind: "reservation", version: 1, reservation: { ...reservation, reservationId: "moved-waits", state: "waiting" } },
    { kind: "reservation", version: 1, reservation: { ...reservation, reservationId: "moved-not", state: "cancelled" } },
    {
      kind: "repeat",
      version: 1,
      repeat: {
        version: 1,
        repeatId: "moved-weekly",
        ownerId: MOVED_OWNER,
        subject,
        format: "ics",
        zone: "UTC",
        every,
        createdAt,
      },
    },
  ];
}
