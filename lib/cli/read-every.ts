/** How often: minutes on the list, or a cron expression with its zone in one text. */
import type { CalendarSchedule } from "../contract/schedule.ts";
import { Refusal } from "../core/failure.ts";
import { shown } from "../core/refusals.ts";

const CRON_WORDS = 5;

type Every = { readonly intervalMinutes?: number | string; readonly schedule: CalendarSchedule };

/** `30`, or `0 9 * * 1-5 Europe/Berlin`. Throws `usage-wrong`; what the values may be the contract says. */
export function readEvery(text: string): Every {
  const words = text.trim().split(/\s+/u);
  const zone = words[CRON_WORDS];
  if (words.length === 1) {
    return { intervalMinutes: Number.isNaN(Number(text)) ? text : Number(text), schedule: { kind: "interval" } };
  }
  if (words.length === CRON_WORDS + 1 && zone !== undefined) {
    return { schedule: { kind: "cron", expression: words.slice(0, CRON_WORDS).join(" "), zone } };
  }
  const what = `--every is ${shown(text)}, wanted minutes, or five fields of cron and a time zone`;
  throw new Refusal("usage-wrong", what, 'write it as --every 30, or --every "0 9 * * 1-5 Europe/Berlin"');
}
