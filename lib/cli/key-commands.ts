/** `calferry key create`: the first key of the API, made with AWS credentials alone. */
import type { Command } from "commander";

import type { Key } from "../contract/key.ts";
import { hashSecret, secretFrom } from "../core/secret.ts";
import { answer } from "./answer.ts";
import { recordOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

type CreatedKey = Pick<Key, "label" | "scope" | "createdAt"> & { readonly key: string };

const SECRET_BYTES = 24;
/** Lets a secret scanner know what it found. */
const PREFIX = "cf_";

export function addKeyCommands(program: Command, terminal: Terminal): void {
  const key = program
    .command("key")
    .description("keys of the API: create")
    .addHelpText("after", "\nExample:\n  calferry key create --label app-server");
  key
    .command("create")
    .description("make an admin key; it is printed this once")
    .option("--label <text>", "what it is for", "terminal")
    .addHelpText("after", "\nExample:\n  calferry key create --label app-server")
    .action(async ({ label }: { readonly label: string }, command: Command) => {
      await answer(terminal, command, async (connection) => await createKey(label, connection), tellKey);
    });
}

async function createKey(label: string, { keys, now, randomBytes }: Connection): Promise<CreatedKey> {
  const secret = PREFIX + secretFrom(randomBytes(SECRET_BYTES));
  const createdAt = now().toISOString();
  await keys.putKey({ version: 1, keyHash: hashSecret(secret), label, scope: "admin", state: "active", createdAt });
  return { key: secret, label, scope: "admin", createdAt };
}

function tellKey({ key, label, scope, createdAt }: CreatedKey): string {
  return `${recordOf({ key, label, scope, created: createdAt })}\n\nkeep it now: only its hash is stored. Use it as: Authorization: Bearer KEY`;
}
