/** Answers that unpack to more than they weigh, lie about what they are, or never end; they come through the fetcher. */
import type { RequestListener } from "node:http";
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from "node:zlib";

import { calendar, event, kept } from "./hostile-input.ts";
import type { HostileInput } from "./hostile-input.ts";

const CALENDAR = calendar(event("a"));
const MIB = 1024 * 1024;

function answer(headers: Readonly<Record<string, string>>, status = 200): (body: Uint8Array) => RequestListener {
  return (body) => (_request, response) => {
    response.writeHead(status, { "content-type": "text/calendar", ...headers }).end(body);
  };
}

const encoded = (encoding: string): ((body: Uint8Array) => RequestListener) => answer({ "content-encoding": encoding });

export const COMPRESSION_BOMBS: readonly HostileInput[] = [
  {
    name: "a gzip bomb of 48 MB in 48 KB",
    body: () => gzipSync(Buffer.alloc(48 * MIB, 10)),
    answer: encoded("gzip"),
    expected: { refused: "source-too-large" },
  },
  {
    name: "a gzip bomb of 16 GB in 16,384 members",
    body: () => {
      const member = gzipSync(Buffer.alloc(MIB, 10));
      return Buffer.concat(Array.from({ length: 16_384 }, () => member));
    },
    answer: encoded("gzip"),
    expected: { refused: "source-too-large" },
  },
  {
    name: "a deflate bomb, as zlib and raw",
    body: () => deflateRawSync(Buffer.alloc(48 * MIB, 10)),
    answer: encoded("deflate"),
    expected: { refused: "source-too-large" },
  },
  {
    name: "a deflate bomb",
    body: () => deflateSync(Buffer.alloc(48 * MIB, 10)),
    answer: encoded("deflate"),
    expected: { refused: "source-too-large" },
  },
  {
    name: "a brotli bomb",
    body: () => brotliCompressSync(Buffer.alloc(48 * MIB, 10), { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } }),
    answer: encoded("br"),
    expected: { refused: "source-too-large" },
  },
  {
    name: "a gzip of a gzip is unpacked once",
    body: () => gzipSync(gzipSync(CALENDAR)),
    answer: encoded("gzip"),
    expected: { refused: "not-icalendar" },
    quick: true,
  },
  {
    name: "two encodings one after the other are refused",
    body: () => gzipSync(gzipSync(CALENDAR)),
    answer: encoded("gzip, gzip"),
    expected: { refused: "source-refused" },
    quick: true,
  },
  {
    name: "an encoding named after a property of every object is refused",
    body: () => CALENDAR,
    answer: encoded("constructor"),
    expected: { refused: "source-refused" },
    quick: true,
  },
  {
    name: "the encoding __proto__ is refused",
    body: () => CALENDAR,
    answer: encoded("__proto__"),
    expected: { refused: "source-refused" },
    quick: true,
  },
  {
    name: "a gzip that is cut off",
    body: () => gzipSync(CALENDAR).subarray(0, -12),
    answer: encoded("gzip"),
    expected: { refused: "source-incomplete" },
    quick: true,
  },
  {
    name: "a gzip with another checksum",
    body: () => {
      const packed = gzipSync(CALENDAR);
      packed.set([1, 2, 3, 4], packed.length - 8);
      return packed;
    },
    answer: encoded("gzip"),
    expected: { refused: "source-incomplete" },
    quick: true,
  },
  {
    name: "plain text that calls itself gzip",
    body: () => CALENDAR,
    answer: encoded("gzip"),
    expected: kept(1),
    quick: true,
  },
  {
    name: "a body that names ten bytes more than it has",
    body: () => CALENDAR,
    answer: (body) => (_request, response) => {
      response.writeHead(200, { "content-length": body.length + 10 }).write(body, () => response.destroy());
    },
    expected: { refused: "source-incomplete" },
    quick: true,
  },
  {
    name: "a body that names 10 GB is not read",
    body: () => CALENDAR,
    answer: answer({ "content-length": "10737418240" }),
    expected: { refused: "source-too-large" },
    quick: true,
  },
  {
    name: "a body that never ends, at full speed",
    body: () => Buffer.alloc(MIB, "BEGIN:VCALENDAR\r\n"),
    answer: (body) => (_request, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(body, more);
      };
      response.on("error", () => undefined);
      more();
    },
    expected: { refused: "source-too-large" },
  },
  {
    name: "a body that never ends, a byte at a time",
    body: () => CALENDAR,
    answer: (body) => (_request, response) => {
      response.writeHead(200).write(body);
      const drip = setInterval(() => response.write("\r"), 20);
      response.on("close", () => clearInterval(drip));
    },
    patienceMs: 1000,
    expected: { refused: "source-timeout" },
  },
  {
    name: "headers of 64 KB",
    body: () => CALENDAR,
    answer: answer(Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`x-${index}`, "y".repeat(4096)]))),
    expected: { refused: "source-too-large" },
    quick: true,
  },
  {
    name: "a redirect to itself without end",
    body: () => "",
    answer: answer({ location: "/calendar.ics" }, 302),
    expected: { refused: "source-redirects" },
    quick: true,
  },
  {
    name: "a redirect to a file of this machine",
    body: () => "",
    answer: answer({ location: "file:///etc/passwd" }, 301),
    expected: { refused: "source-redirects" },
    hides: ["passwd"],
    quick: true,
  },
  {
    name: "a redirect to the machine's own metadata",
    body: () => "",
    answer: answer({ location: "http://[::ffff:169.254.169.254]/latest/meta-data/" }, 307),
    expected: { refused: "address-blocked" },
    hides: ["meta-data"],
    quick: true,
  },
];
