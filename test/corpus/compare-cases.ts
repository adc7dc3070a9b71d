/** The public RRULE cases against our expansion, those aside that RFC 5545 forbids. */
import * as z from "zod";

import { momentOf, writeMoment } from "../../lib/ics/moment.ts";
import type { Moment } from "../../lib/ics/moment.ts";
import { timesOfRule } from "../../lib/ics/recurrence.ts";
import { readRule } from "../../lib/ics/rule.ts";
import type { Rule } from "../../lib/ics/rule.ts";
import { untilOf } from "../../lib/ics/series.ts";
import { UTC } from "../../lib/ics/zone.ts";

const Case = z.object({
  source: z.string(),
  rrule: z.string(),
  dtstart: z.string(),
  expected: z.array(z.string()).nullable(),
  complete: z.boolean(),
});
type Case = z.infer<typeof Case>;
const Illegal = z.array(z.object({ dtstart: z.string(), rrule: z.string(), section: z.string(), why: z.string() }));

export type CasesCompared = {
  readonly cases: number;
  readonly illegal: number;
  readonly equal: number;
  readonly ratio: number;
  /** Equal only with DTSTART as the first time although its rule does not give it: RFC 5545 3.8.5.3 leaves that set undefined. */
  readonly equalWithStart: number;
  readonly misses: readonly {
    readonly rrule: string;
    readonly dtstart: string;
    readonly expected: string;
    readonly got: string;
  }[];
};

const FAR_MS = Date.UTC(2400, 0, 1);

export function compareCases(casesJson: unknown, illegalJson: unknown): CasesCompared {
  const forbidden = new Set(Illegal.parse(illegalJson).map(keyOf));
  const cases = z.array(Case).parse(casesJson);
  const legal = cases.filter((each) => !forbidden.has(keyOf(each)));
  const misses: CasesCompared["misses"][number][] = [];
  let equalWithStart = 0;
  for (const each of legal) {
    const expected = (each.expected ?? []).map(normal).join(" ");
    const got = timesOf(each);
    if (got.join(" ") === expected) continue;
    if (startFirst(got, each).join(" ") === expected) equalWithStart += 1;
    else
      misses.push({
        rrule: each.rrule,
        dtstart: each.dtstart,
        expected: expected.slice(0, 100),
        got: got.join(" ").slice(0, 100),
      });
  }
  const equal = legal.length - misses.length;
  return {
    cases: cases.length,
    illegal: cases.length - legal.length,
    equal,
    ratio: equal / legal.length,
    equalWithStart,
    misses,
  };
}

function keyOf({ dtstart, rrule }: { readonly dtstart: string; readonly rrule: string }): string {
  return `${dtstart} ${rrule}`;
}

function timesOf(each: Case): readonly string[] {
  const rule = readRule(each.rrule);
  const start = momentOf(each.dtstart);
  if ("code" in rule || start === undefined) return [];
  const startMs = start.wallMs;
  const read = timesOfRule(rule, startMs, { fromMs: startMs, toMs: endOf(each, rule, start) }, { left: 1_000_000 });
  return read.wallsMs.map((wallMs) => writeMoment({ ...start, wallMs }));
}

/** A list that is only a beginning is compared up to its end. */
function endOf(each: Case, rule: Rule, start: Moment): number {
  const untilMs = Math.min(FAR_MS, untilOf(rule, start, UTC) + 1);
  const last = momentOf(each.expected?.at(-1) ?? "");
  const isWhole = each.complete && (rule.count !== undefined || rule.until !== undefined);
  return isWhole || last === undefined ? untilMs : Math.min(untilMs, last.wallMs + 1);
}

function startFirst(times: readonly string[], each: Case): readonly string[] {
  const start = normal(each.dtstart);
  const rule = readRule(each.rrule);
  const all = times[0] === start ? times : [start, ...times];
  return "code" in rule ? all : all.slice(0, rule.count ?? all.length);
}

function normal(text: string): string {
  const moment = momentOf(text);
  return moment === undefined ? text : writeMoment(moment);
}
