/** What was left out or cut while the rest of a feed was read. */

/** Codes of lib/contract/code.ts that reading can say. */
export type ProblemCode =
  | "line-invalid"
  | "component-unclosed"
  | "component-too-large"
  | "component-too-deep"
  | "dtstart-missing"
  | "dtstart-invalid"
  | "dtend-invalid"
  | "duration-invalid"
  | "recurrence-id-invalid"
  | "rrule-invalid"
  | "rrule-endless"
  | "exdate-invalid"
  | "rdate-invalid"
  | "uid-duplicate"
  | "timezone-invalid"
  | "value-shortened"
  | "attachment-dropped"
  | "zone-unknown";

/** The value seen and the value wanted, without the place. */
export type Fault = { readonly code: ProblemCode; readonly reason: string };

/** A fault and where it stands: line of the decoded body from 1, UID where one could be read. */
export type Problem = Fault & { readonly line: number; readonly uid?: string | undefined };

const SHOWN = 60;
const NOTES = 20;

/** Adds a note on one component. A component can have a million faults; from the 21st on it is only said that there are more. */
export function addNote<Note extends Fault>(notes: Note[], note: Note): void {
  if (notes.length < NOTES) notes.push(note);
  else if (notes.length === NOTES) notes.push({ ...note, reason: `${note.reason}; more like it are not listed` });
}

/** A value as an error text may show it: one line, no control characters, cut to 60 characters. */
export function shown(value: string): string {
  const line = value
    .slice(0, 4 * SHOWN)
    .replaceAll(/[\u0000-\u001f\u007f]+/gu, " ")
    .trim();
  return line.length > SHOWN ? `"${line.slice(0, SHOWN)}…"` : `"${line}"`;
}
