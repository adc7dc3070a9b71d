/** A calendar as the bytes that subscribers read, RFC 5545 3.4 and RFC 7986. */
import { writeComponent } from "./component.ts";
import type { Component } from "./component.ts";
import { escapeText, writeContentLine } from "./content-line.ts";
import type { ContentLine } from "./content-line.ts";
import { foldLine } from "./fold.ts";
import { colorLines } from "./render-color.ts";

export type CalendarHead = {
  readonly name: string;
  readonly description?: string | undefined;
  readonly color?: string | undefined;
  /** The zone that floating times are meant in, IANA. */
  readonly timeZone?: string | undefined;
  readonly refreshMinutes: number;
};

const PRODUCT = "-//Calferry//Calferry//EN";

/** The whole calendar: CRLF, 75 octets a line, UTF-8 without control characters but TAB. The same input gives the same bytes. */
export function renderCalendar(head: CalendarHead, components: readonly Component[]): string {
  const parts = [
    "BEGIN:VCALENDAR",
    ...headLines(head).map((line) => foldLines(writeContentLine(line))),
    // Each by itself: all lines of a large feed at once, folded and unfolded, are several times its size.
    ...components.map((component) => foldLines(writeComponent(component))),
    "END:VCALENDAR",
    "",
  ];
  return parts.join("\r\n");
}

function foldLines(text: string): string {
  return text.toWellFormed().split("\n").map(foldLine).join("\r\n");
}

function headLines({ name, description, color, timeZone, refreshMinutes }: CalendarHead): ContentLine[] {
  const duration = writeMinutes(refreshMinutes);
  return [
    plain("VERSION", "2.0"),
    plain("PRODID", PRODUCT),
    plain("CALSCALE", "GREGORIAN"),
    plain("METHOD", "PUBLISH"),
    plain("NAME", escapeText(name)),
    plain("X-WR-CALNAME", escapeText(name)),
    ...(description === undefined
      ? []
      : [plain("DESCRIPTION", escapeText(description)), plain("X-WR-CALDESC", escapeText(description))]),
    ...(timeZone === undefined ? [] : [plain("X-WR-TIMEZONE", escapeText(timeZone))]),
    ...colorLines(color),
    // RFC 7986 5.7: this property has no default value type.
    { name: "REFRESH-INTERVAL", parameters: [{ name: "VALUE", values: ["DURATION"] }], value: duration },
    plain("X-PUBLISHED-TTL", duration),
  ];
}

function plain(name: string, value: string): ContentLine {
  return { name, parameters: [], value };
}

/** DURATION of whole minutes in its shortest form, at least one minute. */
function writeMinutes(minutes: number): string {
  const whole = Math.max(1, Math.round(minutes));
  const [days, hours, rest] = [Math.floor(whole / 1440), Math.floor((whole % 1440) / 60), whole % 60];
  const time = `${hours > 0 ? `${hours}H` : ""}${rest > 0 ? `${rest}M` : ""}`;
  return `P${days > 0 ? `${days}D` : ""}${time === "" ? "" : `T${time}`}`;
}
