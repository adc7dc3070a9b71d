/** `calferry key`: make, list and revoke keys of the API; the first is made with AWS credentials alone. */
import type { Command } from "commander";

import { KeyDraft } from "../contract/key.ts";
import type { CreatedKey, KeyView } from "../contract/key.ts";
import { readInput } from "../api/read-input.ts";
import { keyView } from "../core/keys.ts";
import { createKey } from "../sync/create-key.ts";
import { revokeKey } from "../sync/revoke-key.ts";
import { answer } from "./answer.ts";
import { everyPage } from "./every-page.ts";
import { readExpiry } from "./read-expiry.ts";
import { ago, recordOf, tableOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

type CreateOptions = { readonly label: string; readonly owner?: string; readonly expires?: string };

const COLUMNS = [
  { head: "ID" },
  { head: "LABEL", width: 20 },
  { head: "FOR", width: 16 },
  { head: "STATE" },
  { head: "LAST USED" },
  { head: "EXPIRES" },
];

export function addKeyCommands(program: Command, terminal: Terminal): void {
  const key = program
    .command("key", { hidden: true })
    .description("keys of the API: create, list, revoke")
    .addHelpText("after", "\nExample:\n  calferry key create --label app-server");
  addCreate(key, terminal);
  key
    .command("list")
    .description("every key, revoked and expired ones too, the oldest first")
    .option("--owner <name>", "keys of this owner alone")
    .addHelpText("after", "\nExample:\n  calferry key list --owner team-a")
    .action(async ({ owner }: { readonly owner?: string }, command: Command) => {
      const ask = async ({ keys, now }: Connection): Promise<KeyView[]> => {
        const found = await everyPage((page) => keys.keys(owner, page));
        return found.map((each) => keyView(each, now()));
      };
      await answer(terminal, command, ask, (views) => tellKeys(views, terminal.now()));
    });
  key
    .command("revoke")
    .argument("<id>", "the key's id, as key list shows it")
    .description("end a key: the next request with it is refused")
    .addHelpText("after", "\nExample:\n  calferry key revoke 3f0c9b1a77d2e584")
    .action(async (keyId: string, _options: unknown, command: Command) => {
      const ask = async ({ keys, now }: Connection): Promise<KeyView> => keyView(await revokeKey(keyId, keys, now), now());
      await answer(terminal, command, ask, tellKey);
    });
}

function addCreate(key: Command, terminal: Terminal): void {
  key
    .command("create")
    .description("make a key; it is printed this once")
    .option("--label <text>", "who has it or what it is for", "terminal")
    .option("--owner <name>", "whose things it reaches (without it: an admin key)")
    .option("--expires <when>", "12h, 90d or an instant (without it: never)")
    .addHelpText("after", "\nExample:\n  calferry key create --owner team-a --label app --expires 90d")
    .action(async ({ label, owner, expires }: CreateOptions, command: Command) => {
      const draft = {
        label,
        ...(owner === undefined ? {} : { ownerId: owner }),
        ...(expires === undefined ? {} : { expiresAt: readExpiry(expires, terminal.now()) }),
      };
      const read = readInput(KeyDraft, draft, "arguments");
      await answer(terminal, command, async (connection) => await createKey(read, connection, connection), tellCreated);
    });
}

function tellKeys(views: readonly KeyView[], now: Date): string {
  const rows = views.map(({ keyId, label, ownerId, state, lastUsedAt, expiresAt }) => [
    keyId,
    label,
    ownerId ?? "(admin)",
    state,
    ago(lastUsedAt, now),
    expiresAt?.slice(0, 10) ?? "-",
  ]);
  return tableOf(COLUMNS, rows, "no keys yet; make one with: calferry key create --label NAME");
}

function tellKey({ keyId, label, scope, ownerId, state, createdAt, expiresAt, lastUsedAt, revokedAt }: KeyView): string {
  const facts = { id: keyId, label, scope, owner: ownerId, state, created: createdAt, expires: expiresAt };
  return recordOf({ ...facts, "last used": lastUsedAt, revoked: revokedAt });
}

function tellCreated({ key, ...view }: CreatedKey): string {
  return `${recordOf({ key })}\n${tellKey(view)}\n\nkeep it now: only its hash is stored. Use it as: Authorization: Bearer KEY`;
}
