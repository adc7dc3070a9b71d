/** What of a record goes into a registry's file, and what is wrong with a file. */
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Host } from "../contract/host.ts";
import type { RegistryLine } from "../contract/registry-file.ts";
import { Refusal } from "./failure.ts";
import { emptyCheckpoint } from "./registry.ts";

/** With its events the checkpoint is whole, but for work that only the old stack can end; without them the calendar begins anew. */
export function exportedCheckpoint(checkpoint: Checkpoint, withEvents: boolean): Checkpoint {
  const { pending: _unfinished, ...rest } = checkpoint;
  if (withEvents) return rest;
  const { calendarId, host, wheel } = checkpoint;
  return { ...emptyCheckpoint(calendarId), ...(host === undefined ? {} : { host }), ...(wheel === undefined ? {} : { wheel }) };
}

/** Undefined for a host of which no person said anything. */
export function hostLine({ host, startsPerSecond, blackout, pausedAt }: Host): RegistryLine | undefined {
  const said = { startsPerSecond, blackout, pausedAt };
  if (Object.values(said).every((value) => value === undefined)) return undefined;
  return { kind: "host", version: 1, host: { host, ...said } };
}

/** Readers take U+2028 and U+2029 for ends of lines, which JSON does not. */
export function textOfLine(line: RegistryLine): string {
  return `${JSON.stringify(line).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")}\n`;
}

/** What a line is about; for reports, so it holds no secret. */
export function nameOfLine(line: Exclude<RegistryLine, { readonly kind: "registry" | "end" }>): string {
  switch (line.kind) {
    case "owner":
      return line.owner.ownerId;
    case "quota":
      return line.quota.ownerId;
    case "host":
      return line.host.host;
    case "key":
      return line.key.label;
    case "snapshot":
      return line.snapshot.calendarId;
    case "calendar":
      return line.calendar.calendarId;
    case "published":
      return line.feedId;
    case "feed":
      return line.feed.feedId;
    case "reservation":
      return line.reservation.reservationId;
    case "repeat":
      return line.repeat.repeatId;
  }
}

/** @param wanted what stands there in a file that was written whole */
export function brokenRegistry(line: number, seen: string, wanted: string): Refusal {
  const what = `line ${line} of the registry's file is ${seen}, wanted ${wanted}`;
  return new Refusal("registry-invalid", what, "nothing was changed; export it again", { details: { seen, wanted } });
}

export function occupiedStack(kind: string, id: string): Refusal {
  const what = `the stack has ${kind} ${id}, which the file has not; wanted an empty stack`;
  return new Refusal("stack-not-empty", what, "import into a new stack, or add the file's records to this one's with --merge");
}
