/** What a hostile input is: bytes made in code, and the exact outcome that they must get. */
import type { RequestListener } from "node:http";

import type { FailureCode, SKIPS } from "../../lib/contract/code.ts";

export type SkipCode = (typeof SKIPS)[number];

/** What Calferry makes of an input, in numbers. */
export type Outcome =
  | { readonly refused: FailureCode }
  | {
      /** Events that the import keeps. */
      readonly events: number;
      /** Reports of what was left out or cut, by code. */
      readonly skipped: Partial<Record<SkipCode, number>>;
      /** Events of the exported feed. */
      readonly exported: number;
      /** Occurrences in 2026, and whether counting them was cut short. */
      readonly occurrences: number;
      readonly capped: boolean;
    };

export type HostileInput = {
  readonly name: string;
  /** The body of the import before this one, all of which is stored. */
  readonly before?: () => string;
  readonly body: () => string | Uint8Array;
  readonly contentType?: string;
  /** Served over loopback and fetched by the product's own fetcher; `body` is what the answer's maker may use. */
  readonly answer?: (body: Uint8Array) => RequestListener;
  /** How long the fetcher waits for the whole answer. */
  readonly patienceMs?: number;
  readonly expected: Outcome;
  /** Strings that the exported bytes must hold, unfolded. */
  readonly shows?: readonly string[];
  /** Strings that neither the exported bytes nor the reports may hold, unfolded. */
  readonly hides?: readonly string[];
  /** Small enough for every `npm test`. */
  readonly quick?: true;
};

/** An input that is kept, as many events as it has; everything else as in `more`. */
export function kept(events: number, more: Partial<Exclude<Outcome, { refused: FailureCode }>> = {}): Outcome {
  return { events, skipped: {}, exported: events, occurrences: events, capped: false, ...more };
}

export function calendar(...lines: readonly string[]): string {
  return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//hostile//EN", ...lines, "END:VCALENDAR", ""].join("\r\n");
}

/** An event of 6 May 2026. */
export function event(uid: string, ...lines: readonly string[]): string {
  return plainEvent(`UID:${uid}`, "DTSTART:20260506T010000Z", ...lines);
}

export function plainEvent(...lines: readonly string[]): string {
  return ["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\r\n");
}

export function times(count: number, make: (index: number) => string, separator = "\r\n"): string {
  return Array.from({ length: count }, (_, index) => make(index)).join(separator);
}

/** A time of its own for each index, by the second, from 1 January 2026 on. */
export function second(index: number): string {
  return new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString().replaceAll(/[-:]|\.\d{3}/gu, "");
}
