/** Calferry's API as this app uses it: one call each, tried again where that is safe. */
import { setTimeout as pause } from "node:timers/promises";

import type { Message } from "./copy.ts";

/** Body of a refusal (RFC 9457). */
export type Problem = { readonly status: number; readonly code: string; readonly detail: string; readonly next: string };
export type Call = {
  readonly body?: unknown;
  /** Names a POST, so that one whose answer was lost is not done twice. */
  readonly idempotencyKey?: string;
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
};
export type Changes = { readonly items: readonly Message[]; readonly cursor?: string };
export type Occurrence = {
  readonly uid: string;
  readonly summary?: string;
  readonly start: string;
  readonly end: string;
  readonly allDay: boolean;
  readonly startDate?: string;
  readonly endDate?: string;
  readonly status?: string;
};

const TRIES = 4;
const ANSWER_LIMIT_MS = 10_000;
const LONGEST_PAUSE_MS = 5000;
const FOR_LATER = new Set([429, 502, 503, 504]);

/** Calferry said no, and why. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}; ${problem.next}`);
    this.name = "Refused";
    this.problem = problem;
  }
}

export class Calferry {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  /** The answer's body with its `etag`. A POST without a key may be done twice where its answer is lost. Throws Refused, or what fetch throws where nobody answers. */
  async ask<Answer>(method: string, path: string, call: Call = {}): Promise<Answer & { etag?: string }> {
    for (let tried = 1; ; tried += 1) {
      const response = await this.#send(method, path, call).catch(async (error: unknown) => {
        if (tried >= TRIES) throw error;
      });
      if (response !== undefined && (!isForLater(response) || tried >= TRIES)) return await read(response);
      await pause(pauseMs(tried, response?.headers.get("retry-after")));
    }
  }

  async changes(calendarId: string, from: number, cursor: string | undefined): Promise<Changes> {
    const query = new URLSearchParams({ from: String(from), ...(cursor === undefined ? {} : { cursor }) });
    return await this.ask<Changes>("GET", `/v1/calendars/${calendarId}/changes?${query.toString()}`);
  }

  /** Every occurrence in the window: Calferry knows series, zones and exceptions. */
  async occurrences(calendarId: string, from: string, to: string, zone: string): Promise<Occurrence[]> {
    const found: Occurrence[] = [];
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({ from, to, zone, limit: "200", ...(cursor === undefined ? {} : { cursor }) });
      const page = await this.ask<{ items: Occurrence[]; cursor?: string }>(
        "GET",
        `/v1/calendars/${calendarId}/events?${query.toString()}`,
      );
      found.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return found;
  }

  async #send(method: string, path: string, { body, idempotencyKey, ifMatch, ifNoneMatch }: Call): Promise<Response> {
    return await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
        ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
        ...(ifNoneMatch === undefined ? {} : { "if-none-match": ifNoneMatch }),
      },
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

async function read<Answer>(response: Response): Promise<Answer & { etag?: string }> {
  const text = await response.text();
  if (!response.ok) throw new Refused(problemIn(text, response.status));
  const etag = response.headers.get("etag");
  const body = JSON.parse(text);
  return etag === null ? body : { ...body, etag };
}

/** A POST whose first try is still under way is answered 409 with Retry-After. */
function isForLater({ status, headers }: Response): boolean {
  return FOR_LATER.has(status) || headers.has("retry-after");
}

/** What stands between you and Calferry (a proxy, a gateway) may refuse in its own words. */
function problemIn(text: string, status: number): Problem {
  if (text.startsWith("{"))
    return { code: "unknown", detail: text.slice(0, 200), next: "look at the status", ...JSON.parse(text), status };
  return { status, code: "unknown", detail: `${status} without a problem`, next: "look at what stands before Calferry" };
}

/** Twice as long each time, with chance in it so that many callers do not come back together. */
function pauseMs(tried: number, retryAfter: string | null | undefined): number {
  const asked = Number(retryAfter ?? 0) * 1000;
  return Math.min(LONGEST_PAUSE_MS, Math.max(asked, 100 * 2 ** tried * (1 + Math.random())));
}
