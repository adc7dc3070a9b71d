/** `calferry alert test`: does an alert reach people? */
import type { Command } from "commander";

import type { AlertGroup } from "../contract/alert.ts";
import { groupOf, joined, nextRevision } from "../core/alert-groups.ts";
import { answer } from "./answer.ts";
import { tableOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";
import { lookUntil } from "./wait.ts";

type ChannelResult = { readonly channel: string; readonly result: "taken" | "failed"; readonly reason?: string };

const TRIAL = { kind: "test", code: "alert-test", reason: "somebody asked for a test, nothing is wrong" } as const;
const COLUMNS = [{ head: "CHANNEL" }, { head: "RESULT" }, { head: "REASON" }];

export function addAlertCommands(program: Command, terminal: Terminal): void {
  const alert = program
    .command("alert", { hidden: true })
    .description("alerts: test")
    .addHelpText("after", "\nExample:\n  calferry alert test --stage test");
  alert
    .command("test")
    .description("have the next tick tell every channel of a test, and say what came of it")
    .addHelpText("after", "\nExample:\n  calferry alert test --local")
    .action(async (_options: unknown, command: Command) => {
      await answer(terminal, command, async (connection) => await testAlert(terminal, connection), tellResults);
    });
}

/** The whole way of an alert: it stands in the table, and the tick that finds it there tells it. */
async function testAlert(terminal: Terminal, { alerts, now }: Connection): Promise<readonly ChannelResult[]> {
  const before = await alerts.group(groupOf(TRIAL));
  if (before !== undefined) await alerts.remove(before);
  await alerts.put(nextRevision(undefined, joined(undefined, TRIAL, now().toISOString())));
  const told = await lookUntil(terminal, "the test of the alerts", async () => {
    const group = await alerts.group(groupOf(TRIAL));
    return group !== undefined && resultsOf(group).length > 0 ? group : undefined;
  });
  await alerts.remove(told);
  const results = resultsOf(told);
  if (results.some(({ result }) => result === "failed")) terminal.endWith(1);
  return results;
}

function resultsOf({ told, failures }: AlertGroup): ChannelResult[] {
  return [
    ...Object.keys(told).map((channel) => ({ channel, result: "taken" as const })),
    ...Object.entries(failures).map(([channel, { reason }]) => ({ channel, result: "failed" as const, reason })),
  ];
}

function tellResults(results: readonly ChannelResult[]): string {
  const rows = results.map(({ channel, result, reason }) => [channel, result, reason ?? "-"]);
  const none = results.some(({ channel }) => channel === "webhook") ? [] : ["no webhook is configured (alertWebhook)"];
  const note = "the topic hands it to its confirmed subscribers; who they are, calferry doctor says";
  return [tableOf(COLUMNS, rows, "no channel"), "", ...none, note].join("\n");
}
