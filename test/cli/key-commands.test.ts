import { expect, test } from "vitest";

import { hashSecret } from "../../lib/core/secret.ts";
import { createMemoryTerminal } from "./memory-terminal.ts";

test("an owner's key is made with an end, listed and revoked by its id", async () => {
  const terminal = createMemoryTerminal();
  const made = await terminal.run("key", "create", "--owner", "team-a", "--label", "app", "--expires", "90d");
  const [secret = ""] = /cf_[\w-]{32}/u.exec(made.out) ?? [];
  expect([...terminal.keys.values()]).toMatchObject([
    { keyHash: hashSecret(secret), scope: "owner", ownerId: "team-a", endsAt: "2026-08-04T01:00:00.000Z" },
  ]);
  const keyId = hashSecret(secret).slice(0, 16);
  const listed = await terminal.run("key", "list", "--owner", "team-a");
  expect(listed.out).toMatch(new RegExp(`${keyId} +app +team-a +active +never +2026-08-04`, "u"));
  expect((await terminal.run("key", "list", "--owner", "team-b")).out).toContain("no keys yet");
  const revoked = await terminal.run("key", "revoke", keyId);
  expect(revoked.out).toMatch(/state +revoked/u);
  expect((await terminal.run("key", "list", "--json")).out).toContain('"state": "revoked"');
  expect(made.out + listed.out + revoked.out).not.toContain(hashSecret(secret));
});

test.each([
  [["key", "create", "--expires", "soon"], "usage-wrong"],
  [["key", "create", "--owner", "team a"], "usage-wrong"],
  [["key", "revoke", "0000"], "key-unknown"],
])("%j is refused and nothing is written", async (args, code) => {
  const terminal = createMemoryTerminal();
  const { errors, status } = await terminal.run(...args);
  expect(errors).toContain(code);
  expect([status === 0, terminal.keys.size]).toEqual([false, 0]);
});
