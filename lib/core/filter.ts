/** Which events a filter lets through: by words, categories, whole days. It reads the event before its mask. */
import type { Filter } from "../contract/filter.ts";
import { propertiesOf, propertyOf } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { unescapeText } from "../ics/content-line.ts";
import { readMoment } from "../ics/moment.ts";

type Words = NonNullable<Filter["keywords"]>;
type Test = (event: Component) => boolean;

const TEXTS = ["SUMMARY", "DESCRIPTION", "LOCATION"];
/** Commas that no backslash escapes: RFC 5545 3.3.11. */
const COMMA = /(?<=(?:^|[^\\])(?:\\\\)*),/u;

/** Whether all of these filters let an event through; undefined where none of them says anything. */
export function eventTest(...filters: readonly (Filter | undefined)[]): Test | undefined {
  const tests = filters.flatMap((filter) => (filter === undefined ? [] : testsOf(filter)));
  return tests.length === 0 ? undefined : (event) => tests.every((test) => test(event));
}

function testsOf({ keywords, categories, allDay }: Filter): Test[] {
  return [
    ...(keywords === undefined ? [] : [wordTest(keywords, textOf, (text, word) => text.includes(word))]),
    ...(categories === undefined ? [] : [wordTest(categories, categoriesOf, (names, word) => names.has(word))]),
    ...(allDay === undefined ? [] : [(event: Component): boolean => isAllDay(event) === (allDay === "only")]),
  ];
}

function wordTest<Seen>(words: Words, see: (event: Component) => Seen, has: (seen: Seen, word: string) => boolean): Test {
  const [include, exclude] = [words.include?.map(folded), words.exclude?.map(folded)];
  return (event) => {
    const seen = see(event);
    if (exclude?.some((word) => has(seen, word)) === true) return false;
    return include === undefined || include.some((word) => has(seen, word));
  };
}

/** One line a property: a word does not reach from the title into the place. */
function textOf(event: Component): string {
  const lines = TEXTS.flatMap((name) => propertiesOf(event, name));
  return lines.map(({ value }) => folded(unescapeText(value))).join("\n");
}

function categoriesOf(event: Component): ReadonlySet<string> {
  const values = propertiesOf(event, "CATEGORIES").flatMap(({ value }) => value.split(COMMA));
  return new Set(values.map((value) => folded(unescapeText(value))));
}

/** The same text however it was typed: NFC, upper case (which folds more than lower case does), single blanks. */
function folded(text: string): string {
  return text.normalize("NFC").toUpperCase().normalize("NFC").replaceAll(/\s+/gu, " ").trim();
}

/** RFC 5545 3.6.1: DTSTART is a date; Outlook marks those that it writes as times of midnight. */
function isAllDay(event: Component): boolean {
  const start = propertyOf(event, "DTSTART");
  const isDate = start !== undefined && readMoment(start, start.value)?.kind === "date";
  return isDate || propertyOf(event, "X-MICROSOFT-CDO-ALLDAYEVENT")?.value.toUpperCase() === "TRUE";
}
