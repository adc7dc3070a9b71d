/** Sources that a test can change, break, shrink and throttle. */
import type { FailureCode } from "../../lib/contract/code.ts";
import type { CompleteBody, Fetched, FetchRequest, SourceFetcher } from "../../lib/sync/import-calendar.ts";
import type { Clock } from "./clock.ts";

export type SourceEvent = { readonly uid: string; readonly title: string };

/** How a source answers. */
export type Manner =
  | { readonly kind: "well" }
  | { readonly kind: "failing"; readonly code: FailureCode }
  /** `seconds` of Retry-After; undefined where it names none. */
  | { readonly kind: "throttled"; readonly seconds: number | undefined }
  /** 200 with this text. */
  | { readonly kind: "saying"; readonly text: string };

export type Served = {
  readonly atMs: number;
  readonly url: string;
  readonly kind: Fetched["kind"];
  readonly body: string | undefined;
  /** Why it failed or said later. */
  readonly code: FailureCode | undefined;
};

export class Source {
  readonly url: string;
  readonly served: Served[] = [];
  /** Whether it gives an ETag and answers 304. */
  validators: "given" | "none" = "given";
  manner: Manner = { kind: "well" };
  /** Written anew without another meaning: the LAST-MODIFIED of its events, seconds. */
  stamp: number | undefined;
  /** Its REFRESH-INTERVAL, minutes. */
  refreshMinutes: number | undefined;
  private version = 1;
  private held: readonly SourceEvent[];

  constructor(url: string, events: readonly SourceEvent[]) {
    this.url = url;
    this.held = events;
  }

  get events(): readonly SourceEvent[] {
    return this.held;
  }

  set events(events: readonly SourceEvent[]) {
    this.held = events;
    this.version += 1;
  }

  answer(request: FetchRequest, atMs: number): Fetched {
    const answer = this.fetched(request, atMs);
    const body = answer.kind === "complete" ? Buffer.from(answer.bytes).toString() : undefined;
    const code = "failure" in answer ? answer.failure.code : undefined;
    this.served.push({ atMs, url: this.url, kind: answer.kind, body, code });
    return answer;
  }

  private fetched(request: FetchRequest, atMs: number): Fetched {
    const { manner } = this;
    const { host } = new URL(this.url);
    switch (manner.kind) {
      case "failing":
        return { kind: "failed", failure: { code: manner.code, reason: `host ${host} answered ${manner.code}`, host } };
      case "throttled": {
        const until = manner.seconds === undefined ? undefined : new Date(atMs + manner.seconds * 1000).toISOString();
        return { kind: "deferred", until, failure: { code: "source-throttled", reason: `host ${host} answered 429`, host } };
      }
      case "saying":
        return this.complete(manner.text, `"${manner.text.length}-${this.version}"`, request);
      case "well":
        return this.complete(
          calendarText(this.held, this.refreshMinutes, this.stamp),
          `"v${this.version}${this.stamp === undefined ? "" : `.${this.stamp}`}"`,
          request,
        );
    }
  }

  private complete(text: string, etag: string, request: FetchRequest): Fetched {
    if (this.validators === "given" && request.etag === etag) return { kind: "unchanged" };
    const body: CompleteBody = { bytes: new TextEncoder().encode(text), contentType: "text/calendar" };
    return { kind: "complete", ...body, ...(this.validators === "given" ? { etag } : {}) };
  }
}

export class Sources implements SourceFetcher {
  readonly byUrl = new Map<string, Source>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(url: string, events: readonly SourceEvent[]): Source {
    const source = new Source(url, events);
    this.byUrl.set(new URL(url).href, source);
    return source;
  }

  async fetch(request: FetchRequest): Promise<Fetched> {
    request.signal.throwIfAborted();
    const source = this.byUrl.get(request.url.href);
    if (source === undefined) throw new Error(`no source at ${request.url.host}`);
    return source.answer(request, this.clock.nowMs);
  }
}

/** Events `uid`-1 to `uid`-n, all of them far in the future. */
export function sampleEvents(count: number, title = "Meeting", prefix = "e"): SourceEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    uid: `${prefix}${index + 1}@example.org`,
    title: `${title} ${index + 1}`,
  }));
}

export function calendarText(events: readonly SourceEvent[], refreshMinutes?: number, stamp?: number): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//example.org//Sample//EN",
    ...(refreshMinutes === undefined ? [] : [`REFRESH-INTERVAL;VALUE=DURATION:PT${refreshMinutes}M`]),
    ...events.flatMap(({ uid, title }) => [
      "BEGIN:VEVENT",
      `UID:${uid}`,
      "DTSTAMP:20260101T000000Z",
      `DTSTART:${startOf(uid)}`,
      "DURATION:PT30M",
      `SUMMARY:${title}`,
      ...(stamp === undefined ? [] : [`LAST-MODIFIED:20260101T0000${String(stamp % 60).padStart(2, "0")}Z`]),
      "END:VEVENT",
    ]),
    "END:VCALENDAR",
  ];
  return `${lines.join("\r\n")}\r\n`;
}

/** Each UID has a start of its own, so that no two events could be taken for each other. */
function startOf(uid: string): string {
  const number = Array.from(uid).reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 500_000, 7);
  return new Date(Date.UTC(2040, 0, 1) + number * 60_000).toISOString().replaceAll(/[-:]|\.\d+/gu, "");
}
