/** What a calendar says of itself, in the properties of RFC 7986 or in the older X- ones. */
import { readContentLine, unescapeText } from "./content-line.ts";
import type { ContentLine } from "./content-line.ts";
import { readDuration } from "./duration.ts";
import { MINUTE_MS } from "./wall.ts";
import type { Zones } from "./zones.ts";

export type CalendarFacts = {
  readonly name?: string;
  readonly description?: string;
  readonly color?: string;
  /** IANA name where it can be told, else as the source wrote it. */
  readonly timeZone?: string;
  readonly refreshMinutes?: number;
};

const NAME_CHARACTERS = 500;
const DESCRIPTION_CHARACTERS = 4000;

export function readCalendarProperties(properties: readonly string[], zones: Zones): CalendarFacts {
  const lines = properties.map(readContentLine).filter((line) => line !== undefined);
  const name = textOf(lines, ["NAME", "X-WR-CALNAME"], NAME_CHARACTERS);
  const description = textOf(lines, ["DESCRIPTION", "X-WR-CALDESC"], DESCRIPTION_CHARACTERS);
  const color = textOf(lines, ["COLOR", "X-APPLE-CALENDAR-COLOR"], NAME_CHARACTERS);
  const zone = textOf(lines, ["X-WR-TIMEZONE"], NAME_CHARACTERS);
  const refreshMinutes = refreshOf(lines);
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(color === undefined ? {} : { color }),
    ...(zone === undefined ? {} : { timeZone: zones.resolve(zone)?.id ?? zone }),
    ...(refreshMinutes === undefined ? {} : { refreshMinutes }),
  };
}

/** Text of the first of these properties that has some. */
function textOf(lines: readonly ContentLine[], names: readonly string[], longest: number): string | undefined {
  for (const name of names) {
    const text = lines.find((line) => line.name === name && line.value.trim() !== "")?.value;
    if (text !== undefined) return unescapeText(text).trim().slice(0, longest);
  }
  return undefined;
}

/** Also `REFRESH-INTERVAL:VALUE=DURATION:PT1H`, a colon for the semicolon, as real feeds have it. */
function refreshOf(lines: readonly ContentLine[]): number | undefined {
  const hints = ["REFRESH-INTERVAL", "X-PUBLISHED-TTL"].map((name) => lines.find((line) => line.name === name)?.value);
  for (const hint of hints) {
    const duration = readDuration((hint ?? "").replace(/^.*:/u, ""));
    const minutes = duration === undefined ? 0 : Math.ceil((duration.nominalMs + duration.exactMs) / MINUTE_MS);
    if (minutes > 0) return minutes;
  }
  return undefined;
}
