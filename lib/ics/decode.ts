/** Bytes of a feed to text, whatever their encoding; a bad byte never costs an event. */

const UTF8_LABELS = new Set(["utf-8", "utf8", "us-ascii", "ascii", "binary", "none", ""]);
/** Labels whose text a valid UTF-8 body overrules: servers declare them by default, without looking. */
const ONE_BYTE_LABEL = /^(?:iso-?8859|latin|l\d|windows-125|cp-?125|x-?cp125|ansi|macintosh|koi8|ibm8)/u;
/** UTF-16, in which no calendar can be written without zero bytes. */
const WIDE_LABEL = /^(?:utf-?16|ucs-?2|iso-10646-ucs-2|unicode)/u;
const SAMPLE_BYTES = 512;

/**
 * Text of a body without byte order mark and NUL. Order: byte order mark, UTF-16 by its zero bytes, a declared multi-byte charset,
 * UTF-8, the declared charset; last, UTF-8 where it holds and windows-1252 for every other byte.
 */
export function decodeBody(bytes: Uint8Array, declaredCharset?: string): string {
  return decodeBytes(bytes, declaredCharset)
    .replace(/^\u{feff}+/u, "")
    .replaceAll("\0", "");
}

function decodeBytes(bytes: Uint8Array, declaredCharset: string | undefined): string {
  const utf16 = utf16Label(bytes);
  if (utf16 !== undefined) return new TextDecoder(utf16).decode(bytes);
  const label = (declaredCharset ?? "")
    .trim()
    .replaceAll(/^["']|["']$/gu, "")
    .toLowerCase();
  const isUtf8 = UTF8_LABELS.has(label) || startsWithUtf8Mark(bytes) || (WIDE_LABEL.test(label) && !bytes.includes(0));
  const declared = isUtf8 ? undefined : decoderOf(label);
  if (declared !== undefined && !ONE_BYTE_LABEL.test(label)) return declared.decode(bytes);
  const whole = decodeUtf8(bytes);
  if (whole !== undefined) return whole;
  const joined = joinFoldedCharacters(bytes);
  return decodeUtf8(joined) ?? (declared === undefined ? decodeMixed(joined) : declared.decode(bytes));
}

function startsWithUtf8Mark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** A byte order mark, or zero bytes on one side of most pairs at the beginning. */
function utf16Label(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const end = Math.min(bytes.length, SAMPLE_BYTES);
  let even = 0;
  let odd = 0;
  for (let at = 0; at < end; at += 2) {
    if (bytes[at] === 0) even += 1;
    if (bytes[at + 1] === 0) odd += 1;
  }
  const most = end * 0.3;
  if (odd > most && even < odd / 4) return "utf-16le";
  if (even > most && odd < even / 4) return "utf-16be";
  return undefined;
}

function decoderOf(label: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * RFC 5545 3.1 lets a writer fold between two octets of one character. The rest of the character moves before the fold,
 * so that no line is lost and line numbers stand.
 */
function joinFoldedCharacters(bytes: Uint8Array): Uint8Array {
  const joined = bytes.slice();
  for (let at = 0; at < joined.length; at += 1) {
    const fold = foldLength(joined, at);
    if (fold === 0 || !isOpenSequence(joined, at)) continue;
    let next = at + fold;
    while (isContinuation(joined[next])) next += 1;
    const rest = joined.slice(at + fold, next);
    joined.copyWithin(at + rest.length, at, at + fold);
    joined.set(rest, at);
    at = next - 1;
  }
  return joined;
}

function foldLength(bytes: Uint8Array, at: number): number {
  const lineEnd = bytes[at] === 0x0d ? (bytes[at + 1] === 0x0a ? 2 : 1) : bytes[at] === 0x0a ? 1 : 0;
  if (lineEnd === 0) return 0;
  const blank = bytes[at + lineEnd];
  return (blank === 0x20 || blank === 0x09) && isContinuation(bytes[at + lineEnd + 1]) ? lineEnd + 1 : 0;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte < 0xc0;
}

/** Whether the bytes before `at` begin a character that is not whole yet. */
function isOpenSequence(bytes: Uint8Array, at: number): boolean {
  let back = 1;
  while (back < 4 && isContinuation(bytes[at - back])) back += 1;
  return sequenceLength(bytes[at - back] ?? 0) > back;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  if (lead >= 0xe0) return lead < 0xf0 ? 3 : 1;
  return lead >= 0xc2 ? 2 : 1;
}

/** Valid UTF-8 sequences as such, every other byte as windows-1252; put together as UTF-8 and decoded once, for such bytes may stand by turns. */
function decodeMixed(bytes: Uint8Array): string {
  const utf8 = new Uint8Array(bytes.length + 2 * countOdd(bytes));
  let end = 0;
  for (let at = 0; at < bytes.length;) {
    const length = wholeSequenceLength(bytes, at);
    for (const byte of length === 0 ? (WINDOWS_1252[(bytes[at] ?? 0) - 0x80] ?? []) : []) {
      utf8[end] = byte;
      end += 1;
    }
    for (let next = 0; next < length; next += 1) utf8[end + next] = bytes[at + next] ?? 0;
    end += length;
    at += Math.max(1, length);
  }
  return new TextDecoder("utf-8").decode(utf8.subarray(0, end));
}

function countOdd(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length;) {
    const length = wholeSequenceLength(bytes, at);
    if (length === 0) count += 1;
    at += Math.max(1, length);
  }
  return count;
}

/** UTF-8 of each windows-1252 byte from 0x80 on, at most three bytes. */
const WINDOWS_1252 = Array.from({ length: 0x80 }, (_, index) =>
  new TextEncoder().encode(new TextDecoder("windows-1252").decode(Uint8Array.of(0x80 + index))),
);
/** Bytes of the well-formed character at `at`; 0 where there is none (Unicode 3.9, table 3-7). */
function wholeSequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead === undefined) return 0;
  if (lead < 0x80) return 1;
  const length = sequenceLength(lead);
  if (length === 1) return 0;
  const second = bytes[at + 1] ?? 0;
  const [least, greatest] = SECOND_BYTES.get(lead) ?? [0x80, 0xbf];
  if (second < least || second > greatest) return 0;
  for (let next = 2; next < length; next += 1) if (!isContinuation(bytes[at + next])) return 0;
  return length;
}

/** Leads after which not every continuation byte may follow: overlong forms, surrogates, beyond U+10FFFF. */
const SECOND_BYTES: ReadonlyMap<number, readonly [number, number]> = new Map([
  [0xe0, [0xa0, 0xbf]],
  [0xed, [0x80, 0x9f]],
  [0xf0, [0x90, 0xbf]],
  [0xf4, [0x80, 0x8f]],
]);
