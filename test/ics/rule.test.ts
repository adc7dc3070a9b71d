import { describe, expect, it } from "vitest";

import { hasPossibleDay } from "../../lib/ics/possible-days.ts";
import { readRule, writeRule } from "../../lib/ics/rule.ts";
import type { Rule } from "../../lib/ics/rule.ts";

function ruleOf(text: string): Rule {
  const rule = readRule(text);
  if ("code" in rule) throw new Error(rule.reason);
  return rule;
}

describe("a rule", () => {
  it.each([
    ["FREQ=WEEKLY", "FREQ=WEEKLY"],
    ["byday=mo,tu,;interval=2;freq=weekly;", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU"],
    ["FREQ=DAILY; COUNT=3", "FREQ=DAILY;COUNT=3"],
    ["FREQ=DAILY:COUNT=3", "FREQ=DAILY;COUNT=3"],
    ["FREQ=DAILY;UNTIL=2026-01-01T00:00:00Z", "FREQ=DAILY;UNTIL=20260101T000000Z"],
    ["RSCALE=GREGORIAN;SKIP=OMIT;FREQ=MONTHLY", "FREQ=MONTHLY"],
    ["UNTIL=20260101t000000z;FREQ=DAILY;X-OWN=1", "FREQ=DAILY;UNTIL=20260101T000000Z"],
    ["FREQ=YEARLY;BYMONTH=3,1,3;BYDAY=-1SU,+2MO;WKST=SU", "FREQ=YEARLY;BYDAY=-1SU,2MO;BYMONTH=1,3;WKST=SU"],
    ["FREQ=DAILY;INTERVAL=1;INTERVAL=7;WKST=XX", "FREQ=DAILY"],
  ])("%s is read with tolerance and written in one order", (text, written) => {
    expect(writeRule(ruleOf(text))).toBe(written);
    expect(writeRule(ruleOf(written))).toBe(written);
  });

  it.each([
    ["", 'FREQ is "", expected one of SECONDLY, MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY'],
    ["FREQ=SOMETIMES", 'FREQ is "SOMETIMES", expected one of SECONDLY, MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY'],
    ["FREQ=DAILY;BYEASTER=0", 'the part "BYEASTER" is none of RFC 5545 3.3.10'],
    ["RSCALE=CHINESE;FREQ=MONTHLY", 'the part "RSCALE" is none of RFC 5545 3.3.10'],
    ["RSCALE=GREGORIAN;SKIP=FORWARD;FREQ=MONTHLY", 'the part "RSCALE" is none of RFC 5545 3.3.10'],
    ["FREQ=DAILY;INTERVAL=0", "INTERVAL is no whole number from 1 on"],
    ["FREQ=DAILY;COUNT=-1", "COUNT is no whole number from 1 on"],
    ["FREQ=DAILY;UNTIL=tomorrow", "UNTIL is neither a date nor a date-time"],
    ["FREQ=DAILY;BYMONTH=13", "BYMONTH has a value that is no whole number from 1 to 12"],
    ["FREQ=DAILY;BYMONTHDAY=0", "BYMONTHDAY has a value that is no whole number from 1 to 31"],
    ["FREQ=DAILY;BYHOUR=-1", "BYHOUR has a value that is no whole number from 0 to 23"],
    ["FREQ=DAILY;BYDAY=0MO", "BYDAY has a value that is no weekday"],
    ["FREQ=DAILY;BYDAY=XX", "BYDAY has a value that is no weekday"],
  ])("%s is refused with its cause", (text, cause) => {
    expect(readRule(text)).toEqual({ code: "rrule-invalid", reason: `the rule "${text}" cannot be read: ${cause}` });
  });

  it.each([
    ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31", "never"],
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never"],
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "sometimes"],
    ["FREQ=YEARLY;BYMONTH=4,6;BYMONTHDAY=31", "never"],
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-29", "sometimes"],
    ["FREQ=YEARLY;BYYEARDAY=1;BYMONTH=12", "never"],
    ["FREQ=YEARLY;BYYEARDAY=366", "sometimes"],
    ["FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1", "never"],
    ["FREQ=YEARLY;BYWEEKNO=53;BYMONTH=1", "sometimes"],
    ["FREQ=YEARLY;BYWEEKNO=-1;BYMONTH=11", "never"],
    ["FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=8", "never"],
    ["FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "sometimes"],
    ["FREQ=YEARLY;BYDAY=53MO", "sometimes"],
  ])("%s comes %s", (text, answer) => {
    expect(hasPossibleDay(ruleOf(text))).toBe(answer === "sometimes");
  });
});
