/** Values that try to become lines, components, keys, headers or markup. */
import { calendar, event, kept, plainEvent } from "./hostile-input.ts";
import type { HostileInput } from "./hostile-input.ts";

export const INJECTIONS: readonly HostileInput[] = [
  {
    name: "a bare CR in a summary begins no event",
    body: () => calendar(event("a", "SUMMARY:x\rEND:VEVENT\rBEGIN:VEVENT\rUID:evil\rDTSTART:20260506T010000Z"), event("b")),
    expected: kept(2),
    hides: ["\r\nUID:evil"],
    quick: true,
  },
  {
    name: "NUL bytes within names and values are nothing",
    body: () => calendar(event("a", "SUM\0MARY:Te\0am", "DESCR\0IPTION:\0"), event("b\0")),
    expected: kept(2),
    shows: ["SUMMARY:Team", "UID:b\r\n"],
    quick: true,
  },
  {
    name: "properties and parameters named after properties of every object",
    body: () =>
      calendar(
        event(
          "__proto__",
          "__proto__:polluted",
          "CONSTRUCTOR:x",
          "X-A;__proto__=polluted;CONSTRUCTOR=y:z",
          "TOSTRING;VALUE=__proto__:1",
        ),
        event("constructor", "__PROTO__.POLLUTED:1"),
        event("prototype", "BEGIN:CONSTRUCTOR", "END:CONSTRUCTOR"),
      ),
    expected: kept(3, { skipped: { "line-invalid": 2 } }),
    shows: ["UID:__proto__\r\n", "CONSTRUCTOR:x\r\n"],
    quick: true,
  },
  {
    name: "a UID with an escaped and an encoded line end stays one line",
    body: () =>
      calendar(
        event(String.raw`a\r\nATTENDEE:mailto:evil@test.example`),
        event("b", 'ATTENDEE;CN="x^nBEGIN:VALARM^nEND:VALARM":mailto:a@test.example'),
      ),
    expected: kept(2),
    hides: ["\r\nATTENDEE:mailto:evil", "\r\nBEGIN:VALARM"],
    quick: true,
  },
  {
    name: "a UID with a real line end is cut there",
    body: () => calendar(event("a\r\nSEQUENCE:7\r\n\r\n", "SUMMARY:x")),
    expected: kept(1),
    shows: ["UID:a\r\n", "SEQUENCE:7\r\n"],
    quick: true,
  },
  {
    name: "a calendar's name with line ends is a name",
    body: () =>
      calendar(
        String.raw`X-WR-CALNAME:x\r\n\nSet-Cookie: a=b\nBEGIN:VEVENT`,
        String.raw`X-WR-TIMEZONE:Europe/Berlin\nBEGIN:VEVENT`,
        String.raw`COLOR:red\nX-EVIL:1`,
        event("a", "DTSTART:20260506T010000"),
      ),
    expected: kept(1),
    hides: ["\nX-EVIL", "\nSet-Cookie"],
    quick: true,
  },
  {
    name: "a zone's name with encoded line ends is a name",
    body: () => calendar(plainEvent("UID:a", 'DTSTART;TZID="x^nBEGIN:VEVENT^nUID:evil^nEND:VEVENT":20260506T010000')),
    expected: kept(1, { skipped: { "zone-unknown": 1 } }),
    hides: ["\nUID:evil"],
    quick: true,
  },
  {
    name: "markup, scripts and terminal codes are text",
    body: () =>
      calendar(
        event(
          "a",
          "SUMMARY:<script>alert(1)</script><img src=x onerror=alert(1)>",
          "DESCRIPTION:\u001b[2J\u001b]8;;http://evil.example\u0007x\u0008\u0008",
          "URL:javascript:alert(1)",
        ),
        plainEvent("UID:\u001b[31mred", "DTSTART:\u001b[2Jx"),
      ),
    expected: kept(1, { skipped: { "dtstart-invalid": 1 } }),
    shows: ["<script>alert(1)</script>"],
    hides: ["\u001b"],
    quick: true,
  },
  {
    name: "separators that other programs take for line ends stay within their line",
    body: () => calendar(event("a", "SUMMARY:x\u0085BEGIN:VALARM\u2028UID:evil\u000bX\u000cY\u001eZ")),
    expected: kept(1),
    hides: ["\u000b", "\u000c", "\u001e"],
    quick: true,
  },
  {
    name: "half a surrogate pair and a byte order mark within a value",
    body: () => {
      const text = calendar(event("a", "SUMMARY:x\ud800y\ufeff", "DESCRIPTION:\udc00"), event("b\udbff"));
      return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
    },
    expected: kept(2),
    quick: true,
  },
];
