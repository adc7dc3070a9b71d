/** Feeds and ways to subscribe as lines for people. */
import type { FeedView } from "../contract/feed-view.ts";
import type { Subscribe } from "../contract/link-view.ts";
import { tellFilters } from "./filter-options.ts";
import { ago, recordOf, tableOf } from "./table.ts";

const COLUMNS = [
  { head: "ID" },
  { head: "NAME", width: 24 },
  { head: "CALENDARS", align: "right" as const },
  { head: "EVENTS", align: "right" as const },
  { head: "PUBLISHED" },
];

export function tellFeeds(views: readonly FeedView[], now: Date): string {
  const rows = views.map(({ feedId, name, members, build }) => [
    feedId,
    name,
    String(members.length),
    String(build?.eventCount ?? "-"),
    build === undefined ? "not built yet" : ago(build.publishedAt, now),
  ]);
  return tableOf(COLUMNS, rows, "no feeds yet; publish one with: calferry feed create --name NAME CALENDAR");
}

export function tellFeed({ feedId, name, color, policy, filters, members, links, build }: FeedView): string {
  const { pastDays, futureDays } = policy;
  return recordOf({
    feed: feedId,
    name,
    color,
    class: policy.class,
    horizon:
      pastDays === undefined && futureDays === undefined
        ? undefined
        : `${pastDays ?? "the usual"} days back, ${futureDays ?? "all"} days ahead`,
    filters: tellFilters(filters),
    members: members
      .map(({ calendarId, mask, filters: own }) => `${calendarId}:${mask}${own === undefined ? "" : " (filtered)"}`)
      .join(" "),
    links: links.map(({ linkId, label, state }) => `${label} (${state}, ${linkId})`).join(", "),
    built:
      build === undefined ? "not yet" : `revision ${build.revision}, ${build.eventCount ?? 0} events, ${build.bytes ?? 0} bytes`,
    published: build?.publishedAt,
    etag: build?.etag,
  });
}

export function tellSubscribe({ url, webcal, google, outlookCom, office365, notes }: Subscribe): string {
  const ways = recordOf({ "any app": url, Apple: webcal, Google: google, "Outlook.com": outlookCom, "Office 365": office365 });
  return `subscribe by one of these; they are secret and shown this once:\n${ways}\n\n${notes.join("\n")}`;
}
