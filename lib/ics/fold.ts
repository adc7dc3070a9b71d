/** Folds content lines at 75 octets, RFC 5545 3.1, between whole characters as people see them. */

/** Octets of a physical line without its line break. */
const LINE_OCTETS = 75;
/** Octets of a line given up at most for a good place; a longer run of marks is cut between code points. */
const SLACK_OCTETS = 40;

/** Belong to the code point before them: marks, joiners, medial and final jamo, skin tones, tags. */
const CLINGS = /^(?:\p{M}|\p{Emoji_Modifier}|\p{Join_Control}|[\u1160-\u11ff]|[\u{e0020}-\u{e007f}])$/u;
const REGIONAL = /^\p{RI}$/u;
const JOINER = "\u200d";

/** The line as physical lines joined by CRLF and a space; none is over 75 octets, no code point is split. */
export function foldLine(line: string): string {
  if (line.length <= LINE_OCTETS && Buffer.byteLength(line) <= LINE_OCTETS) return line;
  const pieces: string[] = [];
  let start = 0;
  while (start < line.length) {
    // The space that marks a continuation is one of its octets.
    const room = start === 0 ? LINE_OCTETS : LINE_OCTETS - 1;
    const end = pieceEnd(line, start, room);
    pieces.push(line.slice(start, end));
    start = end;
  }
  return pieces.join("\r\n ");
}

function pieceEnd(line: string, start: number, room: number): number {
  let at = start;
  let octets = 0;
  let good = start;
  while (at < line.length) {
    const point = line.codePointAt(at) ?? 0;
    octets += octetsOf(point);
    if (octets > room) return good > start ? good : at;
    at += point > 0xff_ff ? 2 : 1;
    if (octets > room - SLACK_OCTETS && mayBreak(line, at)) good = at;
  }
  return at;
}

function octetsOf(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x8_00) return 2;
  return point > 0xff_ff ? 4 : 3;
}

/** Neither inside a character nor beside a blank, for careless readers trim lines before they join them. */
function mayBreak(line: string, at: number): boolean {
  const before = line.charAt(at - 1);
  const after = line.charCodeAt(at);
  if (before === " " || before === "\t" || after === 0x20 || after === 0x09) return false;
  if (after < 0x80) return true;
  const next = String.fromCodePoint(line.codePointAt(at) ?? 0);
  if (before === JOINER || CLINGS.test(next)) return false;
  return !(REGIONAL.test(next) && REGIONAL.test(line.slice(at - 2, at)));
}
