/** Rules that would be searched for ever: found at import by what their parts say, before anything expands them. */
import type { EventTimes } from "./event-times.ts";
import { hasPossibleDay } from "./possible-days.ts";
import type { Rule } from "./rule.ts";

/** The first rule of the event that gives no date in any year; EXRULE counts as well. */
export function findEndless(times: EventTimes): Rule | undefined {
  return [...times.rules, ...times.exceptionRules].find((rule) => !hasPossibleDay(rule));
}
