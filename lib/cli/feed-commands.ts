/** `calferry feed`: publish calendars, list and show what was published. */
import type { Command } from "commander";

import { listFeeds, viewFeed } from "../api/feed-views.ts";
import { linkUrl } from "../api/link-url.ts";
import type { LinkUrl } from "../api/link-url.ts";
import { subscribeView } from "../api/link-views.ts";
import { readInput } from "../api/read-input.ts";
import { FeedDraft } from "../contract/feed.ts";
import type { FeedView } from "../contract/feed-view.ts";
import type { Subscribe } from "../contract/link-view.ts";
import { createFeed } from "../sync/create-feed.ts";
import { answer } from "./answer.ts";
import { everyPage } from "./every-page.ts";
import { addFeedChangeCommands } from "./feed-change-commands.ts";
import { tellFeed, tellFeeds, tellSubscribe } from "./feed-views.ts";
import { numberOf } from "./filter-options.ts";
import { memberOf } from "./member-commands.ts";
import type { Connection, Terminal } from "./terminal.ts";

type CreateOptions = {
  readonly name: string;
  readonly owner: string;
  readonly color?: string;
  readonly class: string;
  readonly past?: string;
};
type CreatedView = FeedView & { readonly link: LinkUrl; readonly subscribe: Subscribe };

export function addFeedCommands(program: Command, terminal: Terminal): void {
  const feed = program
    .command("feed")
    .description("publish calendars as feeds with secret links")
    .addHelpText("after", "\nExample:\n  calferry feed list --local");
  addCreate(feed, terminal);
  addFeedChangeCommands(feed, terminal);
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
        const view = await viewFeed(created.feedId, connection.feeds, connection.now());
        const { base } = connection;
        return { ...view, link: linkUrl(base, token), subscribe: subscribeView(created.name, token, base, undefined) };
      };
      await answer(terminal, command, ask, tellCreated);
    });
}

function draftOf(members: readonly string[], options: CreateOptions): FeedDraft {
  const draft = {
    name: options.name,
    ownerId: options.owner,
    color: options.color,
    members: members.map(memberOf),
    policy: { class: options.class, ...(options.past === undefined ? {} : { pastDays: numberOf(options.past) }) },
  };
  return readInput(FeedDraft, draft, "arguments");
}

function tellCreated(view: CreatedView): string {
  return `${tellFeed(view)}\n\n${tellSubscribe(view.subscribe)}`;
}
