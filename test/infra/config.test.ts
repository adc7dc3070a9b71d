/** A wrong configuration is refused on one line, before anything is built. */
import { RootConstruct } from "constructs";
import { describe, expect, it } from "vitest";

import { stackId } from "../../lib/infra/calferry-stack.ts";
import { ConfigError, readConfig } from "../../lib/infra/read-config.ts";

function read(context: Readonly<Record<string, unknown>>): ReturnType<typeof readConfig> {
  const { node } = new RootConstruct();
  for (const [name, value] of Object.entries(context)) node.setContext(name, value);
  return readConfig(node);
}

function refusal(context: Readonly<Record<string, unknown>>): string {
  try {
    read(context);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("configuration", () => {
  it("needs no value at all", () => {
    expect(read({})).toMatchObject({ stage: "prod", tickMinutes: 1, attempts: 5, logRetentionDays: 30, fetchAllow: [] });
  });

  it("a value of the command line goes before the one of cdk.json", () => {
    const config = read({ calferry: { stage: "dev", attempts: 3 }, stage: "test", tickMinutes: "5" });
    expect(config).toMatchObject({ stage: "test", attempts: 3, tickMinutes: 5 });
  });

  it("the production stack has the bare name, other stages carry theirs", () => {
    expect(stackId(read({}))).toBe("Calferry");
    expect(stackId(read({ stage: "dev" }))).toBe("Calferry-dev");
  });

  it.each([
    [{ stage: "Prod!" }, 'stage is "Prod!", wanted 1 to 20 of a-z, 0-9 and -, the first a letter'],
    [{ importConcurrency: "1" }, 'importConcurrency is "1", wanted a whole number from 2 to 1000'],
    [{ calferry: { tickMinutes: 1.5 } }, "tickMinutes is 1.5, wanted a whole number from 1 to 10"],
    [{ attempts: "often" }, 'attempts is "often", wanted a whole number from 1 to 10'],
    [{ logRetentionDays: 31 }, "logRetentionDays is 31, wanted 1, 3, 5, 7, 14, 30, 60, 90, 180 or 365"],
    [{ alertEmail: "ops" }, 'alertEmail is "ops", wanted an e-mail address'],
    [{ fetchAllow: "127.0.0.1" }, 'fetchAllow is "127.0.0.1", wanted CIDR ranges'],
    [{ calferry: "prod" }, "calferry is a string, wanted an object"],
  ])("%j is refused with the value seen and the value wanted", (context, line) => {
    const message = refusal(context);
    expect(message).toContain(`config-invalid: ${line}`);
    expect(message).toContain("correct");
    expect(message).not.toContain("\n");
  });

  it("the url of a dead-man switch is a secret as well", () => {
    expect(refusal({ deadManUrl: "ping.example.com/secret" })).toContain("deadManUrl is (not shown, it may be a secret)");
    expect(read({ deadManUrl: "https://ping.example.com/secret" })).toMatchObject({
      deadManUrl: "https://ping.example.com/secret",
    });
  });

  it("a webhook is a secret, and is not printed even where it is wrong or under a wrong name", () => {
    expect(refusal({ alertWebhook: "hooks.example.com/T0/secret" })).toContain("alertWebhook is (not shown, it may be a secret)");
    expect(refusal({ alertWebhok: "https://hooks.example.com/T0/secret" })).toMatch(
      /^config-invalid: alertWebhok is no name(?!.*T0)/u,
    );
    expect(refusal({ calferry: { webhook: "https://hooks.example.com/T0" } })).toMatch(/webhook is no name(?!.*T0)/u);
  });
});
