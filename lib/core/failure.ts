/** Failures as values and errors: a code, the value seen, the value wanted, the next step. */
import { FAILURES } from "../contract/code.ts";
import type { FailureClass, FailureCode, RefusalCode } from "../contract/code.ts";

/** Why a task could not do its work. `reason` is one sentence without secrets. */
export type Failure = { readonly code: FailureCode; readonly reason: string; readonly host?: string | undefined };

export function classOf(code: FailureCode): FailureClass {
  return FAILURES[code];
}

/** The value seen and the value wanted apart, where a refusal is about one value; neither is a secret. */
export type RefusalDetails = {
  readonly seen: string;
  readonly wanted: string;
  /** What an If-Match would have to say now; absent where there is nothing to match. */
  readonly etag?: string;
  /** Of what was asked for twice: the calendar that has it. */
  readonly calendarId?: string;
  /** The version that the calendar has. */
  readonly calendarVersion?: number;
  /** What is wrong with which operations of a batch. */
  readonly operations?: readonly OperationProblem[];
};

/** Why one operation of a batch was refused, and with it the whole batch. */
export type OperationProblem = {
  /** From 0. */
  readonly index: number;
  readonly code: RefusalCode;
  readonly detail: string;
  readonly seen: string;
  readonly wanted: string;
  /** Of the event as it stands. */
  readonly etag?: string;
};
export type RefusalOptions = ErrorOptions & { readonly details?: RefusalDetails };

/** A request or command that was refused; nothing was changed. Routes answer it as problem+json, commands as one line. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly what: string;
  readonly next: string;
  readonly details: RefusalDetails | undefined;

  /**
   * @param code which refusal
   * @param what value seen and value wanted, one sentence without secrets
   * @param next what to do now
   */
  constructor(code: RefusalCode, what: string, next: string, options?: RefusalOptions) {
    super(`${what}; ${next}`, options);
    this.code = code;
    this.what = what;
    this.next = next;
    this.details = options?.details;
  }
}

/** A service of ours (table, queue, bucket, topic) did not answer; the task comes back by itself. */
export class ServiceUnavailable extends Error {
  override readonly name = "ServiceUnavailable";
  readonly code = "aws-unavailable" satisfies FailureCode;
}
