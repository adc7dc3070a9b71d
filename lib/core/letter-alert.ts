/** A dead letter as people read it, in mail and chat: what, why, how often, since when, and the command that replays it. */
import type { Letter } from "../contract/letter.ts";

/** SNS: under 100 characters of printable ASCII, the first a letter, figure or mark. */
const SUBJECT_LENGTH = 99;

export type LetterAlert = { readonly subject: string; readonly text: string };

/** Holds no secret: reasons name hosts alone, and the message's body stays in the record. */
export function letterAlert(letter: Letter): LetterAlert {
  const subject = `Calferry: ${letter.code} at ${letter.host ?? letter.calendarId ?? letter.feedId ?? letter.queue}`;
  const lines = [
    `${letter.code}: ${letter.reason}`,
    "",
    ...fact("calendar", letter.calendarId),
    ...fact("feed", letter.feedId),
    ...fact("host", letter.host),
    `count:     ${letter.count} (${letter.attempts} attempts), first ${letter.firstAt}, last ${letter.lastAt}`,
    `letter:    ${letter.letterId}`,
    "",
    letter.kind === "unreadable"
      ? `Look at it:  calferry dlq show ${letter.letterId}`
      : `When mended:  calferry dlq replay ${letter.letterId}`,
    `What to do:  docs/runbook.md#${letter.code}`,
  ];
  return { subject: subject.replaceAll(/[^ -~]/gu, "?").slice(0, SUBJECT_LENGTH), text: lines.join("\n") };
}

function fact(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${`${name}:`.padEnd(10)} ${value}`];
}
