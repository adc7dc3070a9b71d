import { describe, expect, test } from "vitest";

import { tendAlerts } from "../../lib/sync/tend-alerts.ts";
import { MemoryChannel } from "../sync/memory-alerts.ts";
import { createMemoryTerminal } from "./memory-terminal.ts";
import type { MemoryTerminal } from "./memory-terminal.ts";

const letters = { standing: async (): Promise<"none"> => "none" };

/** A stack whose tick comes while the command waits. */
function ticking(...channels: readonly MemoryChannel[]): MemoryTerminal {
  const terminal = createMemoryTerminal();
  const now = new Date("2026-05-06T01:00:30.000Z");
  terminal.onSleep = (): void => {
    void tendAlerts({ alerts: terminal.alerts, channels, letters }, { now: () => now, deadline: new Date(now.getTime() + 1) });
  };
  return terminal;
}

describe("calferry alert test", () => {
  test("has the tick tell every channel, says that each took it, and leaves nothing behind", async () => {
    const [topic, webhook] = [new MemoryChannel("topic"), new MemoryChannel("webhook")];
    const terminal = ticking(topic, webhook);
    const { out, status } = await terminal.run("alert", "test");
    expect(status).toBe(0);
    expect(out).toMatch(/^topic +taken/mu);
    expect(out).toMatch(/^webhook +taken/mu);
    expect(out).not.toContain("no webhook");
    expect(topic.subjects()).toEqual(["Calferry: alert-test at test"]);
    expect(topic.messages[0]?.text).toContain("Nothing to do: this is how an alert looks.");
    expect(webhook.messages).toEqual(topic.messages);
    expect(terminal.alerts.stored.size).toBe(0);
    expect((await terminal.run("alert", "test")).status).toBe(0);
    expect(topic.messages).toHaveLength(2);
  });

  test("names the channel that failed with its reason, and fails", async () => {
    const [topic, webhook] = [new MemoryChannel("topic"), new MemoryChannel("webhook")];
    webhook.isDown = true;
    const { out, status } = await ticking(topic, webhook).run("alert", "test", "--json");
    expect(status).toBe(1);
    expect(JSON.parse(out)).toEqual([
      { channel: "topic", result: "taken" },
      { channel: "webhook", result: "failed", reason: "Error: the webhook gave no answer, wanted one" },
    ]);
  });

  test("says that no webhook is configured", async () => {
    expect((await ticking(new MemoryChannel("topic")).run("alert", "test")).out).toContain("no webhook is configured");
  });

  test("gives up after minutes where no tick comes", async () => {
    const { errors, status } = await createMemoryTerminal().run("alert", "test");
    expect(errors).toContain("wait-too-long: the test of the alerts has not ended after 180 s");
    expect(status).toBe(1);
  });
});
