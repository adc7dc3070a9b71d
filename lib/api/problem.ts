/** Refusals and failures as RFC 9457 problem details: code, what was seen, what is wanted, the next step. */
import type { RefusalCode } from "../contract/code.ts";
import type { Problem } from "../contract/problem.ts";
import type { ProblemCode } from "./route.ts";
import { Refusal, ServiceUnavailable } from "../core/failure.ts";

/** 400 for whatever is not listed. */
const STATUS: Partial<Record<RefusalCode, number>> = {
  "key-missing": 401,
  "key-invalid": 401,
  "scope-insufficient": 403,
  "owner-suspended": 403,
  "key-unknown": 404,
  "calendar-unknown": 404,
  "feed-unknown": 404,
  "member-unknown": 404,
  "members-full": 409,
  "link-unknown": 404,
  "link-ended": 409,
  "links-full": 409,
  "run-unknown": 404,
  "hold-unknown": 404,
  "version-unknown": 404,
  "version-ahead": 409,
  "snapshot-needed": 410,
  "letter-unknown": 404,
  "download-unknown": 404,
  "repeat-unknown": 404,
  "reservation-unknown": 404,
  "reservation-closed": 409,
  "holidays-missing": 409,
  "download-not-ready": 409,
  "download-ended": 409,
  "download-expired": 410,
  "feed-unbuilt": 409,
  "route-unknown": 404,
  "method-unknown": 405,
  "source-kind-wrong": 409,
  "removal-refused": 409,
  "event-unknown": 404,
  "event-invalid": 422,
  "batch-refused": 409,
  "calendar-full": 409,
  "write-contended": 409,
  "external-id-taken": 409,
  "precondition-failed": 412,
  "letter-closed": 409,
  "letter-unreadable": 409,
  "letter-replaying": 409,
  "calendar-paused": 409,
  "pace-exceeded": 409,
  "body-too-large": 413,
  "idempotency-key-reused": 422,
  "idempotency-in-progress": 409,
  "idempotency-answer-lost": 409,
  "quota-exceeded": 409,
  "internal-error": 500,
};
const RETRY_AFTER_SECONDS = "5";
/** Most requests are done within this. */
const IN_PROGRESS_SECONDS = "1";

/** The HTTP status that a code is answered with. */
export function statusOf(code: ProblemCode): number {
  return code === "aws-unavailable" ? 503 : (STATUS[code] ?? 400);
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) {
    const { code, what, next, details } = error;
    return { type: typeOf(code), title: titleOf(code), status: statusOf(code), code, detail: what, next, ...details };
  }
  if (error instanceof ServiceUnavailable) {
    const detail = "a service that Calferry stands on did not answer, wanted an answer in time";
    return detailsOf(error.code, statusOf(error.code), detail, "send the request again in a few seconds");
  }
  const detail = "the request could not be answered because of a fault in Calferry";
  return detailsOf(
    "internal-error",
    statusOf("internal-error"),
    detail,
    "look for the request's time in the log of the api function",
  );
}

/** Whether the shell has to hear of it: the caller cannot mend it. */
export function isFault(problem: Problem): boolean {
  return problem.status >= 500;
}

export function problemResponse(problem: Problem): Response {
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (problem.status === 401) headers.set("www-authenticate", 'Bearer realm="calferry"');
  if (problem.status === 503) headers.set("retry-after", RETRY_AFTER_SECONDS);
  if (problem.code === "idempotency-in-progress") headers.set("retry-after", IN_PROGRESS_SECONDS);
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

function detailsOf(code: string, status: number, detail: string, next: string): Problem {
  return { type: typeOf(code), title: titleOf(code), status, code, detail, next };
}

/** A URN, for a deployment has no public page of its own. */
function typeOf(code: string): string {
  return `urn:calferry:problem:${code}`;
}

function titleOf(code: string): string {
  const words = code.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
