/** `calferry feed set`, `filter` and `remove`: what becomes of a feed after it was made. */
import type { Command } from "commander";

import { viewFeed } from "../api/feed-views.ts";
import { readInput } from "../api/read-input.ts";
import { FeedPatch } from "../contract/feed.ts";
import type { FeedView } from "../contract/feed-view.ts";
import { changeFeed } from "../sync/change-feed.ts";
import { removeFeed } from "../sync/remove-feed.ts";
import { answer } from "./answer.ts";
import { tellFeed } from "./feed-views.ts";
import { numberOf, filtersOf, orNone, withFilters } from "./filter-options.ts";
import type { FilterOptions } from "./filter-options.ts";
import type { Connection, Terminal } from "./terminal.ts";

type SetOptions = {
  readonly name?: string;
  readonly color?: string;
  readonly class?: string;
  readonly people?: string;
  readonly alarms?: string;
  readonly past?: string;
  readonly future?: string;
};

export function addFeedChangeCommands(feed: Command, terminal: Terminal): void {
  addSet(feed, terminal);
  withFilters(feed.command("filter").argument("<feed>").description("which events a feed lets through, of all its calendars"))
    .addHelpText("after", "\nExample:\n  calferry feed filter k3v0q8x2m7c1a5ze --exclude private,cancelled")
    .action(async (feedId: string, options: FilterOptions, command: Command) => {
      const patch = readInput(FeedPatch, { filters: filtersOf(options) }, "arguments");
      await answer(terminal, command, async (connection) => await change(feedId, patch, connection), tellFeed);
    });
  feed
    .command("remove")
    .argument("<feed>")
    .description("its links are dead at once, its bytes are deleted")
    .addHelpText("after", "\nExample:\n  calferry feed remove k3v0q8x2m7c1a5ze")
    .action(async (feedId: string, _options: unknown, command: Command) => {
      const ask = async (connection: Connection): Promise<{ feedId: string; state: "removed" }> => {
        await removeFeed(feedId, { ...connection, objects: connection.published }, connection);
        return { feedId, state: "removed" };
      };
      await answer(terminal, command, ask, () => `removed feed ${feedId}; its calendars stay as they are`);
    });
}

function addSet(feed: Command, terminal: Terminal): void {
  feed
    .command("set")
    .argument("<feed>")
    .description("change a feed's name, colour or policy; it is built again at once")
    .option("--name <name>", "what subscribers see")
    .option("--color <color>", "a CSS colour name, or none")
    .option("--class <rule>", "guard or as-is: whether private events stay private")
    .option("--people <how>", "drop or keep attendees, organizer, conference links")
    .option("--alarms <how>", "drop or keep")
    .option("--past <days>", "how long ended events stay, all, or none: as usual")
    .option("--future <days>", "how far ahead events begin, or none: all of them")
    .addHelpText("after", "\nExample:\n  calferry feed set k3v0q8x2m7c1a5ze --name Choir --future 90")
    .action(async (feedId: string, { name, color, past, future, ...rules }: SetOptions, command: Command) => {
      const days = { pastDays: past, futureDays: future };
      const horizon = Object.entries(days).flatMap(([field, text]) =>
        text === undefined ? [] : [[field, text === "none" ? null : numberOf(text)]],
      );
      const policy = { ...rules, ...Object.fromEntries(horizon) };
      const isTouched = Object.keys(policy).length > 0;
      const patch = { name, color: orNone(color), ...(isTouched ? { policy } : {}) };
      const read = readInput(FeedPatch, patch, "arguments");
      await answer(terminal, command, async (connection) => await change(feedId, read, connection), tellFeed);
    });
}

async function change(feedId: string, patch: FeedPatch, connection: Connection): Promise<FeedView> {
  await changeFeed(feedId, patch, connection, connection);
  return await viewFeed(feedId, connection.feeds, connection.now());
}
