/** Which calendars and feeds a filter means. */
import type { BulkFilter } from "../contract/bulk.ts";
import type { Calendar } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";

type Found = { readonly calendar: Calendar; readonly checkpoint: Checkpoint };

export function isMeant({ calendar, checkpoint }: Found, filter: BulkFilter): boolean {
  const { kind, host, state, code, stale, metadata = {} } = filter;
  const wanted: readonly (readonly [unknown, unknown])[] = [
    [kind, calendar.source.kind],
    [host?.toLowerCase(), checkpoint.host],
    [state, calendar.state],
    [code, checkpoint.outcome?.code],
    [stale, checkpoint.staleCode !== undefined],
  ];
  const isSo = wanted.every(([asked, is]) => asked === undefined || asked === is);
  return (
    isSo && isNamed(calendar, filter) && Object.entries(metadata).every(([key, value]) => calendar.metadata?.[key] === value)
  );
}

export function isNamed({ name }: { readonly name: string }, { name: part }: BulkFilter): boolean {
  return part === undefined || name.toLowerCase().includes(part.toLowerCase());
}
