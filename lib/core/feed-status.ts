/** What a feed's description says of its sources, from what moves with the events alone: the same events, the same sentence. */

/** Of a member; `shown` are its events as they stand in the feed. */
export type MemberStatus = {
  /** How subscribers know the source. */
  readonly label: string;
  /** Why and since when (UTC instant) the source gives nothing; absent while it is in time. */
  readonly stale?: { readonly code: string; readonly since: string } | undefined;
};
export type StatusOf = MemberStatus & {
  /** `20260506T010000Z` of each. */
  readonly shown: readonly string[];
};

/** More lines than this nobody reads: then healthy sources are told of together. */
const LINES = 20;

/** A line a source, in the feed's order. */
export function statusLines(members: readonly StatusOf[]): string[] {
  if (members.length <= LINES) return members.map((member) => `${member.label}: ${sentenceOf(member)}`);
  const stale = members.filter((member) => member.stale !== undefined);
  const healthy = members.filter((member) => member.stale === undefined);
  const all = { label: "", shown: healthy.flatMap(({ shown }) => shown) };
  return [
    ...stale.map((member) => `${member.label}: ${sentenceOf(member)}`),
    ...(healthy.length === 0 ? [] : [`${healthy.length} calendars: ${sentenceOf(all)}`]),
  ];
}

/** A busy-only member does not even show what it is called. */
export function memberLabel(name: string, mask: "full" | "titles" | "busy", position: number): string {
  return mask === "busy" ? `calendar ${position + 1}` : name;
}

/** Not the last success: that moves at every poll, and so would the bytes. */
function sentenceOf({ stale, shown }: Pick<StatusOf, "stale" | "shown">): string {
  if (stale !== undefined) return `not updated since ${stale.since.slice(0, 10)} (${stale.code})`;
  let latest = "";
  for (const stamp of shown) if (stamp > latest) latest = stamp;
  return latest === "" ? "no events" : `last changed ${latest.slice(0, 4)}-${latest.slice(4, 6)}-${latest.slice(6, 8)}`;
}
