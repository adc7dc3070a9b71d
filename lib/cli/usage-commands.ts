/** `calferry usage` and `calferry owner quota`: what an owner has, and what it may have. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { QuotaDraft } from "../contract/quota.ts";
import type { QuotaView } from "../contract/quota.ts";
import { UsageQuery } from "../contract/usage.ts";
import type { UsageView } from "../contract/usage.ts";
import { setQuota, showQuota } from "../sync/require-room.ts";
import { showUsage } from "../sync/show-usage.ts";
import { answer } from "./answer.ts";
import { recordOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

type QuotaOptions = {
  readonly calendars?: string;
  readonly feeds?: string;
  readonly linksPerFeed?: string;
  readonly usual?: boolean;
};

export function addUsageCommand(program: Command, terminal: Terminal): void {
  program
    .command("usage", { hidden: true })
    .description("what an owner has, what it may have and how it does")
    .option("--owner <name>", "whose", "default")
    .addHelpText("after", "\nExample:\n  calferry usage --owner team-a")
    .action(async ({ owner }: { readonly owner: string }, command: Command) => {
      const asked = readInput(UsageQuery, { owner }, "arguments");
      const ask = async (connection: Connection): Promise<UsageView> =>
        await showUsage(asked.owner, connection, connection.now());
      await answer(terminal, command, ask, tellUsage);
    });
}

/** Below `calferry owner`. */
export function addQuotaCommand(owner: Command, terminal: Terminal): void {
  owner
    .command("quota")
    .argument("<owner>", "whose")
    .description("what it may have; with options the whole of it anew")
    .option("--calendars <n>", "calendars at most")
    .option("--feeds <n>", "feeds at most")
    .option("--links-per-feed <n>", "living links of each feed at most")
    .option("--usual", "as for everybody again")
    .addHelpText("after", "\nExample:\n  calferry owner quota team-a --calendars 20000")
    .action(async (ownerId: string, { usual = false, ...limits }: QuotaOptions, command: Command) => {
      const named = Object.entries(limits).map(([name, value]) => [name, Number(value)] as const);
      const { owner: whose } = readInput(UsageQuery, { owner: ownerId }, "arguments");
      const draft = readInput(QuotaDraft, Object.fromEntries(named), "arguments");
      const ask = async ({ quotas }: Connection): Promise<QuotaView> =>
        named.length === 0 && !usual ? await showQuota(whose, quotas) : await setQuota(whose, draft, quotas);
      await answer(terminal, command, ask, tellQuota);
    });
}

function tellUsage(view: UsageView): string {
  const { limits } = view;
  const facts = {
    owner: view.ownerId,
    calendars: `${view.calendars} of ${limits.calendars}`,
    feeds: `${view.feeds} of ${limits.feeds}`,
    links: `${view.links}, at most ${limits.linksPerFeed} a feed`,
    events: String(view.events),
    "imported in 24 h": String(view.imported),
    failing: String(view.failing),
    held: String(view.held),
    published: `${view.publishedBytes} bytes`,
    of: view.isPartial ? "the oldest 1,000 calendars and 200 feeds" : undefined,
  };
  return recordOf(facts);
}

function tellQuota({ ownerId, calendars, feeds, linksPerFeed, own }: QuotaView): string {
  const limit = (name: QuotaView["own"][number], value: number): string =>
    own.includes(name) ? `${value}, its own` : `${value}, as usual`;
  return recordOf({
    owner: ownerId,
    calendars: limit("calendars", calendars),
    feeds: limit("feeds", feeds),
    "links a feed": limit("linksPerFeed", linksPerFeed),
  });
}
