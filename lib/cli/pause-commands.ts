/** `calferry pause-all`, `resume-all`, and `dlq pause|resume`: what runs by itself stops, and goes on. */
import type { Command } from "commander";

import { pauseAll, resumeAll, switchDeadLetters } from "../sync/pause-all.ts";
import type { Switch, SwitchesReport } from "../sync/pause-all.ts";
import { answer } from "./answer.ts";
import type { Connection, Terminal } from "./terminal.ts";

export function addPauseCommands(program: Command, terminal: Terminal): void {
  program
    .command("pause-all")
    .description("stop schedules and imports, tasks wait; and go on")
    .addHelpText("after", "\nExample:\n  calferry pause-all --stage test")
    .action(async (_options: unknown, command: Command) => {
      const ask = async (connection: Connection): Promise<SwitchesReport> =>
        await pauseAll(await connection.operations(), { at: connection.now().toISOString(), who: "terminal" });
      await answer(terminal, command, ask, (report) => tellSwitches(report, "off"));
    });
  program
    .command("resume-all", { hidden: true })
    .description("start what pause-all stopped, and nothing else")
    .addHelpText("after", "\nExample:\n  calferry resume-all --stage test")
    .action(async (_options: unknown, command: Command) => {
      const ask = async (connection: Connection): Promise<SwitchesReport | { readonly paused: false }> =>
        (await resumeAll(await connection.operations())) ?? { paused: false };
      const tell = (report: SwitchesReport | { readonly paused: false }): string =>
        "paused" in report ? "nothing was paused by pause-all; nothing was changed" : tellSwitches(report, "on");
      await answer(terminal, command, ask, tell);
    });
}

export function addDlqPauseCommands(dlq: Command, terminal: Terminal): void {
  const add = (name: "pause" | "resume", description: string): void => {
    const to = name === "pause" ? "off" : "on";
    dlq
      .command(name, { hidden: name === "resume" })
      .description(description)
      .addHelpText("after", `\nExample:\n  calferry dlq ${name}`)
      .action(async (_options: unknown, command: Command) => {
        const ask = async (connection: Connection): Promise<SwitchesReport> =>
          await switchDeadLetters((await connection.operations()).switches, to);
        await answer(terminal, command, ask, (report) => tellSwitches(report, to));
      });
  };
  add("pause", "leave dead letters in SQS unrecorded; and go on");
  add("resume", "record dead letters and tell people again");
}

function tellSwitches({ turned, left }: SwitchesReport, to: "on" | "off"): string {
  const lines = [
    ...turned.map((one) => `${nameOf(one)}: switched ${to}`),
    ...left.map((one) => `${nameOf(one)}: was ${one.isOn ? "on" : "off"} before, stays so`),
  ];
  return lines.length === 0 ? `everything is ${to}` : lines.join("\n");
}

function nameOf({ kind, name }: Switch): string {
  return kind === "schedule" ? `schedule ${name}` : `event source of the ${name} queue`;
}
