/** A decoded body to blocks of content lines: no objects, no values, so that an unchanged feed costs little. */
import { hasLoneReturn, readLines } from "./lines.ts";
import type { Line, LineEnds } from "./lines.ts";
import { boundLine } from "./bounds.ts";
import type { Fault, Problem } from "./problem.ts";
import { shown } from "./problem.ts";
import { isPage, refusalReason } from "./refusal.ts";

/** A component of the calendar as it stands: the unfolded lines between its BEGIN and END, and the line of each. */
export type Block = {
  readonly name: string;
  /** Line of BEGIN, from 1. */
  readonly line: number;
  readonly lines: readonly string[];
  readonly numbers: readonly number[];
  /** Lines that were cut or dropped while the block was kept. */
  readonly notes: readonly Problem[];
};

export type Blocks = {
  /** Lines of the calendar itself, of all calendars in the body. */
  readonly properties: readonly string[];
  readonly timezones: readonly Block[];
  readonly events: readonly Block[];
  /** Events and zones that cannot be read, with what is wrong; their lines may still tell which they are. */
  readonly broken: readonly { readonly block: Block; readonly fault: Fault }[];
};

const MARKER = /^[ \t]*(BEGIN|END)[ \t]*(?:;[^:]*)?:[ \t]*([A-Za-z0-9-]+)[ \t]*$/iu;
/** PHP warnings may stand before BEGIN on its line, and rubbish right after END. */
const LATE_BEGIN = /BEGIN:VCALENDAR[ \t]*$/iu;
const LOOSE_END = /^[ \t]*END:VCALENDAR/iu;
const ROOTS = new Set(["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"]);
const KEPT = new Set(["VEVENT", "VTIMEZONE"]);
const BLOCK_CHARACTERS = 1_048_576;
const BLOCK_DEPTH = 8;
const LOOKS_LIKE_A_LINE = /^[A-Za-z0-9-]+[;:]/u;
/** Lines whose value no person writes: a CR in one of them is a line end. */
const NO_TEXT =
  /^(?:BEGIN|END|VERSION|PRODID|METHOD|CALSCALE|UID|DT[A-Z]+|CREATED|LAST-MODIFIED|SEQUENCE|RRULE|EXRULE|RDATE|EXDATE|DURATION|RECURRENCE-ID|TZ[A-Z]+|STATUS|CLASS|TRANSP|TRIGGER|ACTION|REPEAT|PRIORITY)[;:]/iu;

type OpenBlock = {
  readonly name: string;
  readonly line: number;
  readonly lines: string[];
  readonly numbers: number[];
  readonly notes: Problem[];
  /** Components open inside it. */
  readonly inner: string[];
  characters: number;
  fault: Fault | undefined;
};

type Reading = {
  readonly properties: string[];
  readonly timezones: Block[];
  readonly events: Block[];
  readonly broken: { block: Block; fault: Fault }[];
  open: OpenBlock | undefined;
  inCalendar: boolean;
  /** A calendar or, in a body without one, a component was seen. */
  seen: boolean;
  oddLines: number;
};

/** Cuts a body into blocks; a string is the reason why it is no calendar, or not a whole one. */
export function readBlocks(body: string): Blocks | string {
  const read = readWith(body, "any");
  if (!hasLoneReturn(body) || !body.includes("\n")) return outcome(body, read);
  // A CR alone is a line end in one feed and part of a value in another: the reading with less damage is right. Where both are sound it
  // belongs to the value: a title is what strangers write, and must not begin a line.
  const other = readWith(body, "feed");
  return outcome(body, damage(other) <= damage(read) ? other : read);
}

function damage(read: Reading): number {
  const refused = read.open !== undefined || read.inCalendar || !read.seen ? 1_000_000 : 0;
  return refused + read.broken.length * 1000 + read.oddLines;
}

function outcome(body: string, read: Reading): Blocks | string {
  if (!read.seen || isPage(body)) return refusalReason(body);
  if (read.open !== undefined) {
    return `the body ends inside the ${read.open.name} of line ${read.open.line}, expected END:${read.open.name} and END:VCALENDAR: it was cut off`;
  }
  if (read.inCalendar) return "the body ends without END:VCALENDAR: it was cut off";
  return { properties: read.properties, timezones: read.timezones, events: read.events, broken: read.broken };
}

function readWith(body: string, ends: LineEnds): Reading {
  const reading: Reading = {
    properties: [],
    timezones: [],
    events: [],
    broken: [],
    open: undefined,
    inCalendar: false,
    seen: false,
    oddLines: 0,
  };
  for (const line of readLines(body, ends)) readLine(reading, line);
  return reading;
}

function readLine(reading: Reading, line: Line): void {
  const marker = markerOf(line.text);
  if (marker === undefined) {
    addLine(reading, line);
  } else if (marker.begins) {
    begin(reading, marker.name, line);
  } else {
    end(reading, marker.name, line);
  }
}

function markerOf(text: string): { begins: boolean; name: string } | undefined {
  if (text.length > 200) return undefined;
  const match = MARKER.exec(text);
  const [, mark, name] = match ?? [];
  if (mark !== undefined && name !== undefined && !name.startsWith("VCALENDAR"))
    return { begins: mark.length === 5, name: name.toUpperCase() };
  if (!text.toUpperCase().includes("VCALENDAR")) return undefined;
  if (LATE_BEGIN.test(text)) return { begins: true, name: "VCALENDAR" };
  return LOOSE_END.test(text) ? { begins: false, name: "VCALENDAR" } : undefined;
}

function begin(reading: Reading, name: string, line: Line): void {
  const { open } = reading;
  if (name === "VCALENDAR") {
    abandon(reading, `line ${line.number} begins a calendar`);
    reading.inCalendar = true;
    reading.seen = true;
  } else if (open === undefined || ROOTS.has(name)) {
    abandon(reading, `line ${line.number} begins a ${name}`);
    reading.seen ||= ROOTS.has(name);
    reading.open = { name, line: line.number, lines: [], numbers: [], notes: [], inner: [], characters: 0, fault: undefined };
  } else {
    open.inner.push(name);
    if (open.inner.length > BLOCK_DEPTH) {
      open.fault ??= {
        code: "component-too-deep",
        reason: `components lie ${open.inner.length} deep, expected at most ${BLOCK_DEPTH}`,
      };
    }
    addLine(reading, { text: `BEGIN:${name}`, number: line.number });
  }
}

function end(reading: Reading, name: string, line: Line): void {
  const { open } = reading;
  if (name === "VCALENDAR") {
    abandon(reading, `line ${line.number} ends the calendar`);
    reading.inCalendar = false;
  } else if (open === undefined) {
    return;
  } else if (open.inner.at(-1) === name) {
    addLine(reading, { text: `END:${name}`, number: line.number });
    open.inner.pop();
  } else if (open.name === name && open.inner.length === 0) {
    close(reading, open);
  } else if (open.name === name || ROOTS.has(name)) {
    abandon(reading, `line ${line.number} has END:${name} where END:${open.inner.at(-1) ?? open.name} was expected`);
  } else {
    open.fault ??= unclosed(open, `line ${line.number} has END:${name} without its BEGIN`);
  }
}

function unclosed(open: OpenBlock, cause: string): Fault {
  return { code: "component-unclosed", reason: `the ${open.name} of line ${open.line} is not closed: ${cause}` };
}

/** The open block, if any, ends without its END. */
function abandon(reading: Reading, cause: string): void {
  if (reading.open === undefined) return;
  reading.open.fault ??= unclosed(reading.open, cause);
  close(reading, reading.open);
}

function close(reading: Reading, open: OpenBlock): void {
  reading.open = undefined;
  if (!KEPT.has(open.name)) return;
  const { name, line, lines, numbers, notes, fault } = open;
  const block: Block = { name, line, lines, numbers, notes };
  if (fault !== undefined) reading.broken.push({ block, fault });
  else if (name === "VEVENT") reading.events.push(block);
  else reading.timezones.push(block);
}

function isOdd(text: string): boolean {
  return !LOOKS_LIKE_A_LINE.test(text) || (text.includes("\r") && NO_TEXT.test(text));
}

function addLine(reading: Reading, line: Line): void {
  if (isOdd(line.text)) reading.oddLines += 1;
  const { open } = reading;
  if (open === undefined) {
    if (reading.inCalendar) reading.properties.push(boundLine(line).text ?? "");
    return;
  }
  // What lies too deep is not kept: putting a tower together again costs the square of its height.
  if (!KEPT.has(open.name) || open.inner.length > BLOCK_DEPTH) return;
  const { text, note } = boundLine(line);
  if (note !== undefined) open.notes.push(note);
  if (text === undefined) return;
  open.characters += text.length;
  if (open.characters > BLOCK_CHARACTERS) {
    open.fault ??= {
      code: "component-too-large",
      reason: `the ${open.name} of line ${open.line} has more than ${BLOCK_CHARACTERS} characters, seen from ${shown(text)}; make it smaller at the source`,
    };
    return;
  }
  open.lines.push(text);
  open.numbers.push(line.number);
}
