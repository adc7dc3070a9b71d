/** Why the machine cannot start or go on: one line for the terminal, named by a code of the contract. */
import type { RefusalCode } from "../contract/code.ts";

export class MachineError extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "MachineError";
    this.code = code;
  }
}
