/** Bytes that mean another text than they seem to. */
import { calendar, event, kept } from "./hostile-input.ts";
import type { HostileInput } from "./hostile-input.ts";

const WHOLE = calendar(event("a", "SUMMARY:Caf\u00e9"));

function withBytes(...bytes: readonly number[]): Uint8Array {
  const [head = "", tail = ""] = calendar(event("a", "SUMMARY:x@@@y")).split("@@@");
  return Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from(tail)]);
}

export const ENCODING_TRICKS: readonly HostileInput[] = [
  {
    name: "an overlong line feed is no line feed",
    body: () => withBytes(0xc0, 0x8a, 0xe0, 0x80, 0x8a, 0xf0, 0x80, 0x80, 0x8a),
    expected: kept(1),
    quick: true,
  },
  {
    name: "bytes that Windows-1252 does not have",
    body: () => withBytes(0x81, 0x8d, 0x8f, 0x90, 0x9d, 0xff),
    contentType: "text/calendar; charset=windows-1252",
    expected: kept(1),
    quick: true,
  },
  {
    name: "8 MB of good and bad UTF-8 by turns",
    body: () => {
      const bytes = Buffer.alloc(8_000_000);
      for (let at = 0; at < bytes.length; at += 4) bytes.set([0xc3, 0xa9, 0xff, 0x41], at);
      return Buffer.concat([
        Buffer.from(calendar(event("a")).replace("END:VCALENDAR\r\n", "X-A:")),
        bytes,
        Buffer.from("\r\nEND:VCALENDAR\r\n"),
      ]);
    },
    expected: kept(1),
  },
  {
    name: "UTF-16 of an odd length",
    body: () => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(WHOLE, "utf16le"), Buffer.from([0x41])]),
    expected: kept(1),
    shows: ["SUMMARY:Caf\u00e9"],
    quick: true,
  },
  {
    name: "UTF-8 under a mark of UTF-16",
    body: () => Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(WHOLE)]),
    expected: { refused: "not-icalendar" },
    quick: true,
  },
  {
    name: "UTF-8 that is declared as UTF-16, as UTF-7 and as nothing that exists",
    body: () => WHOLE,
    contentType: 'text/calendar; charset="utf-16le"; charset=__proto__',
    expected: kept(1),
    shows: ["SUMMARY:Caf\u00e9"],
    quick: true,
  },
  {
    name: "UTF-7 stays what it is",
    body: () => calendar(event("a", "SUMMARY:+ADw-script+AD4-")),
    contentType: "text/calendar; charset=utf-7",
    expected: kept(1),
    shows: ["SUMMARY:+ADw-script+AD4-"],
    quick: true,
  },
  {
    name: "a fold inside a character that never ends",
    body: () => withBytes(0xf0, 0x9f, 0x0d, 0x0a, 0x20, 0x98, 0x0d, 0x0a, 0x20, 0x41),
    expected: kept(1),
    quick: true,
  },
  {
    name: "24 MB of Latin-1",
    body: () =>
      Buffer.concat([
        Buffer.from(calendar(event("a")).replace("END:VCALENDAR\r\n", "X-A:")),
        Buffer.alloc(24_000_000, 0xe9),
        Buffer.from("\r\nEND:VCALENDAR\r\n"),
      ]),
    expected: kept(1),
  },
];
