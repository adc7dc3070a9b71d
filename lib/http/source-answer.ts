/** What the status of a source's answer means; RFC 9110 15. */
import type { IncomingHttpHeaders } from "node:http";

import type { FailureCode } from "../contract/code.ts";
import type { Failure } from "../core/failure.ts";
import type { Fetched } from "../sync/import-calendar.ts";

/** `complete`: the body is to be read and is whole. */
export type StatusMeaning = Exclude<Fetched, { kind: "complete" }> | { readonly kind: "complete" };

export type Head = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly host: string;
  /** Whether a 304 could be meant. */
  readonly asked: "conditionally" | "unconditionally";
};

const BY_STATUS: Readonly<Record<number, readonly [FailureCode, string]>> = {
  401: ["source-unauthorized", "check user name and password in the calendar's url"],
  403: ["source-forbidden", "ask the calendar's owner to share it again"],
  404: ["source-not-found", "check the calendar's url"],
  408: ["source-timeout", "it is tried again"],
  410: ["source-gone", "the calendar is gone for good; remove it or give its new url"],
  425: ["source-server-error", "it is tried again"],
};

export function meaningOf(head: Head, now: Date): StatusMeaning {
  const { status } = head;
  if (status === 200 || status === 203) return { kind: "complete" };
  if (status === 304 && head.asked === "conditionally") return { kind: "unchanged" };
  if (status === 429 || (status === 503 && head.headers["retry-after"] !== undefined)) {
    const until = retryAfter(head.headers["retry-after"], now);
    return { kind: "deferred", until, failure: failure(head, "source-throttled", "the next turn after its wait goes on") };
  }
  const [code, next] = BY_STATUS[status] ?? byClass(status);
  return { kind: "failed", failure: failure(head, code, next) };
}

function byClass(status: number): readonly [FailureCode, string] {
  if (status >= 500) return ["source-server-error", "it is tried again"];
  if (status >= 400) return ["source-refused", "open the calendar's url in a browser and see what it says"];
  // 204, 206, an unasked 304: nothing that could be the whole calendar.
  if (status < 300 || status === 304) return ["source-incomplete", "it is tried again"];
  return ["source-redirects", "check the calendar's url"];
}

function failure({ host, status }: Head, code: FailureCode, next: string): Failure {
  return { code, reason: `host ${host} answered ${status}, wanted 200 or 304; ${next}`, host };
}

/** RFC 9110 10.2.3: seconds or a date; undefined where it says neither. */
function retryAfter(header: string | undefined, now: Date): string | undefined {
  const text = header?.trim() ?? "";
  const ms = /^\d{1,9}$/u.test(text) ? now.getTime() + Number(text) * 1000 : Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
