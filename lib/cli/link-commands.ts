/** `calferry link`: the secret addresses of a feed. */
import type { Command } from "commander";

import { listLinks, newLinkView } from "../api/link-views.ts";
import { readInput } from "../api/read-input.ts";
import { LinkDraft, RotateLinkQuery } from "../contract/link.ts";
import type { LinkView, NewLinkView } from "../contract/link-view.ts";
import { linkView } from "../core/links.ts";
import { createLink } from "../sync/create-link.ts";
import { revokeLink } from "../sync/revoke-link.ts";
import { rotateLink } from "../sync/rotate-link.ts";
import { answer } from "./answer.ts";
import { tellSubscribe } from "./feed-views.ts";
import { numberOf } from "./filter-options.ts";
import { readExpiry } from "./read-expiry.ts";
import { ago, tableOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

type QrOption = { readonly qr?: boolean };

const COLUMNS = [
  { head: "ID" },
  { head: "LABEL", width: 14 },
  { head: "STATE" },
  { head: "LAST USED" },
  { head: "WITH", width: 15 },
  { head: "SUCCESSOR" },
];
const QR_HELP = "draw the webcal address as a QR code";

/** Shown in one line with `feed`. */
export function addLinkCommands(program: Command, terminal: Terminal): void {
  const link = program
    .command("link", { hidden: true })
    .description("secret addresses of a feed: create, list, rotate, revoke")
    .addHelpText("after", '\nExample:\n  calferry link create k3v0q8x2m7c1a5ze --label "Ann\'s phone" --qr');
  addCreate(link, terminal);
  link
    .command("list")
    .argument("<feed>")
    .description("who uses a feed's links, when last, and with what")
    .addHelpText("after", "\nExample:\n  calferry link list k3v0q8x2m7c1a5ze")
    .action(async (feedId: string, _options: unknown, command: Command) => {
      const ask = async ({ feeds, now }: Connection): Promise<LinkView[]> => await listLinks(feedId, feeds, now());
      await answer(terminal, command, ask, (views) => tellLinks(views, terminal.now()));
    });
  addRotate(link, terminal);
  link
    .command("revoke")
    .argument("<feed>")
    .argument("<link>")
    .description("end a link at once: it answers like one that never was")
    .addHelpText("after", "\nExample:\n  calferry link revoke k3v0q8x2m7c1a5ze 4f9a01c37be2")
    .action(async (feedId: string, linkId: string, _options: unknown, command: Command) => {
      const ask = async (connection: Connection): Promise<LinkView> => {
        const now = connection.now();
        return linkView(await revokeLink({ feedId, linkId }, connection, now), now);
      };
      await answer(terminal, command, ask, ({ label }) => `revoked link ${linkId} (${label}); it opens nothing from now on`);
    });
}

function addCreate(link: Command, terminal: Terminal): void {
  link
    .command("create")
    .argument("<feed>")
    .description("make one more link of a feed; its secret is printed this once")
    .requiredOption("--label <text>", "who has it or what it is for")
    .option("--expires <when>", "12h, 90d or an instant (without it: never)")
    .option("--qr", QR_HELP)
    .addHelpText("after", '\nExample:\n  calferry link create k3v0q8x2m7c1a5ze --label "Ann\'s phone" --qr')
    .action(async (feedId: string, options: QrOption & { label: string; expires?: string }, command: Command) => {
      const { label, expires } = options;
      const expiresAt = expires === undefined ? undefined : readExpiry(expires, terminal.now());
      const draft = readInput(LinkDraft, { label, expiresAt }, "arguments");
      const ask = async (connection: Connection): Promise<NewLinkView> =>
        newLinkView(await createLink(feedId, draft, connection, connection), connection.base, undefined, connection.now());
      await tellNew(terminal, command, ask, options);
    });
}

function addRotate(link: Command, terminal: Terminal): void {
  link
    .command("rotate")
    .argument("<feed>")
    .argument("<link>")
    .description("give a link a new secret; the old one works until its grace ends")
    .option("--grace <days>", "how long the old secret works; 0: not at all", "7")
    .option("--qr", QR_HELP)
    .addHelpText("after", "\nExample:\n  calferry link rotate k3v0q8x2m7c1a5ze 4f9a01c37be2 --grace 14")
    .action(async (feedId: string, linkId: string, options: QrOption & { grace: string }, command: Command) => {
      const { graceDays } = readInput(RotateLinkQuery, { graceDays: numberOf(options.grace) }, "arguments");
      const ask = async (connection: Connection): Promise<NewLinkView> => {
        const made = await rotateLink({ feedId, linkId }, graceDays, connection, connection);
        return newLinkView(made, connection.base, undefined, connection.now());
      };
      await tellNew(terminal, command, ask, options);
    });
}

async function tellNew(
  terminal: Terminal,
  command: Command,
  ask: (connection: Connection) => Promise<NewLinkView>,
  { qr }: QrOption,
): Promise<void> {
  // Loaded only where something is drawn.
  const draw = qr === true ? (await import("../api/qr-code.ts")).qrText : undefined;
  await answer(terminal, command, ask, ({ linkId, label, subscribe }) => {
    const drawn = draw === undefined ? "" : `\n\n${draw(subscribe.webcal)}`;
    return `link ${linkId} (${label})\n\n${tellSubscribe(subscribe)}${drawn}`;
  });
}

function tellLinks(views: readonly LinkView[], now: Date): string {
  const rows = views.map(({ linkId, label, state, lastUsedAt, agent, successor }) => [
    linkId,
    label,
    state,
    ago(lastUsedAt, now),
    agent ?? "-",
    successor ?? "-",
  ]);
  return tableOf(COLUMNS, rows, "no links; make one with: calferry link create FEED --label LABEL");
}
