/** `calferry feed`: create, list and show. */
import type { Command } from "commander";

import { listFeeds, viewFeed } from "../api/feed-views.ts";
import { linkUrl } from "../api/link-url.ts";
import type { LinkUrl } from "../api/link-url.ts";
import { readInput } from "../api/read-input.ts";
import { FeedDraft } from "../contract/feed.ts";
import type { FeedView } from "../contract/feed-view.ts";
import { createFeed } from "../sync/create-feed.ts";
import { answer } from "./answer.ts";
import { everyPage } from "./every-page.ts";
import { ago, recordOf, tableOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

type CreateOptions = {
  readonly name: string;
  readonly owner: string;
  readonly color?: string;
  readonly class: string;
  readonly past?: string;
};
type CreatedView = FeedView & { readonly link: LinkUrl };

const COLUMNS = [
  { head: "ID" },
  { head: "NAME", width: 24 },
  { head: "CALENDARS", align: "right" as const },
  { head: "EVENTS", align: "right" as const },
  { head: "PUBLISHED" },
];

export function addFeedCommands(program: Command, terminal: Terminal): void {
  const feed = program
    .command("feed")
    .description("publish calendars: create, list, show")
    .addHelpText("after", "\nExample:\n  calferry feed list --local");
  addCreate(feed, terminal);
  feed
    .command("list")
    .description("one owner's feeds")
    .option("--owner <name>", "whose", "default")
    .addHelpText("after", "\nExample:\n  calferry feed list --json")
    .action(async ({ owner }: { readonly owner: string }, command: Command) => {
      const ask = async ({ feeds, now }: Connection): Promise<FeedView[]> =>
        await everyPage((page) => listFeeds(owner, page, feeds, now()));
      await answer(terminal, command, ask, (views) => tellFeeds(views, terminal.now()));
    });
  feed
    .command("show")
    .argument("<id>", "the feed")
    .description("one feed: members, links, what was built last")
    .addHelpText("after", "\nExample:\n  calferry feed show k3v0q8x2m7c1a5ze")
    .action(async (feedId: string, _options: unknown, command: Command) => {
      await answer(terminal, command, async ({ feeds, now }) => await viewFeed(feedId, feeds, now()), tellFeed);
    });
}

function addCreate(feed: Command, terminal: Terminal): void {
  feed
    .command("create")
    .argument("<calendars...>", "each ID or ID:MASK; mask is full (if absent), titles or busy")
    .description("publish calendars as one feed with one secret link")
    .requiredOption("--name <name>", "what subscribers see")
    .option("--owner <name>", "whose it is", "default")
    .option("--color <color>", "a CSS colour name, as RFC 7986 has it")
    .option("--class <rule>", "guard: private events stay private; as-is: the mask alone decides", "guard")
    .option("--past <days>", "how long ended events stay, or all (400; all with as-is)")
    .addHelpText("after", "\nExample:\n  calferry feed create --name All k3v0q8x2m7c1a5ze b0d9f2m4q6s8u1w3:busy")
    .action(async (members: readonly string[], options: CreateOptions, command: Command) => {
      const draft = draftOf(members, options);
      const ask = async (connection: Connection): Promise<CreatedView> => {
        const { feed: created, token } = await createFeed(draft, connection, connection);
        return { ...(await viewFeed(created.feedId, connection.feeds, connection.now())), link: linkUrl(connection.base, token) };
      };
      await answer(terminal, command, ask, tellCreated);
    });
}

function draftOf(members: readonly string[], options: CreateOptions): FeedDraft {
  const draft = {
    name: options.name,
    ownerId: options.owner,
    color: options.color,
    members: members.map((member) => {
      const [calendarId, ...mask] = member.split(":");
      return mask.length === 0 ? { calendarId } : { calendarId, mask: mask.join(":") };
    }),
    policy: { class: options.class, ...(options.past === undefined ? {} : { pastDays: daysOf(options.past) }) },
  };
  return readInput(FeedDraft, draft, "arguments");
}

/** Whatever is no number stays as it was written, to be refused by its schema. */
function daysOf(past: string): number | string {
  return /^\d{1,9}$/u.test(past) ? Number(past) : past;
}

function tellFeeds(views: readonly FeedView[], now: Date): string {
  const rows = views.map(({ feedId, name, members, build }) => [
    feedId,
    name,
    String(members.length),
    String(build?.eventCount ?? "-"),
    build === undefined ? "not built yet" : ago(build.publishedAt, now),
  ]);
  return tableOf(COLUMNS, rows, "no feeds yet; publish one with: calferry feed create --name NAME CALENDAR");
}

function tellFeed({ feedId, name, color, policy, members, links, build }: FeedView): string {
  return recordOf({
    feed: feedId,
    name,
    color,
    class: policy.class,
    members: members.map(({ calendarId, mask }) => `${calendarId}:${mask}`).join(" "),
    links: links.map(({ label, state, createdAt }) => `${label} (${state}, ${createdAt})`).join(", "),
    built:
      build === undefined ? "not yet" : `revision ${build.revision}, ${build.eventCount ?? 0} events, ${build.bytes ?? 0} bytes`,
    published: build?.publishedAt,
    etag: build?.etag,
  });
}

function tellCreated(view: CreatedView): string {
  const { url, webcalUrl } = view.link;
  return `${tellFeed(view)}\n\nsubscribe by one of these; they are secret and shown this once:\n  ${url}\n  ${webcalUrl}`;
}
