/** `calferry doctor`: is the deployment well, and if not, what to do. */
import type { Command } from "commander";

import { answer } from "./answer.ts";
import { examine } from "./doctor-checks.ts";
import type { Finding } from "./doctor-checks.ts";
import type { Connection, Globals, Terminal } from "./terminal.ts";

const MARKS = { well: "ok    ", advice: "note  ", wrong: "WRONG " } as const;

export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command("doctor")
    .description("examine the deployment; send a test alert; keys")
    .addHelpText("after", "\nExample:\n  calferry doctor --stage test")
    .action(async (_options: unknown, command: Command) => {
      const place = command.optsWithGlobals<Globals>().local === true ? "machine" : "stack";
      const ask = async (connection: Connection): Promise<readonly Finding[]> => {
        const findings = await examine({ connection, operations: await connection.operations(), place });
        if (findings.some(({ level }) => level === "wrong")) terminal.endWith(1);
        return findings;
      };
      await answer(terminal, command, ask, (findings) => findings.map(lineOf).join("\n"));
    });
}

function lineOf(finding: Finding): string {
  const head = `${MARKS[finding.level]}${finding.check}: `;
  return finding.level === "well" ? `${head}${finding.says}` : `${head}${finding.code}: ${finding.says}; ${finding.next}`;
}
