/** Members of a feed after a change: their order, their masks, and what of it has to be written. */
import { MEMBER_LIMIT } from "../contract/feed.ts";
import type { FeedDraft, Member, MemberPut } from "../contract/feed.ts";
import { Refusal } from "./failure.ts";
import { nextEdition } from "./feed-edition.ts";
import { shown } from "./refusals.ts";

export type MemberChanges = {
  readonly added: readonly Member[];
  readonly changed: readonly MemberUpdate[];
  readonly removed: readonly string[];
};
/** What becomes otherwise of one that is a member; every other field is as somebody else may have written it. */
export type MemberUpdate = {
  readonly calendarId: string;
  readonly set: Partial<Pick<Member, (typeof FIELDS)[number]>>;
  readonly remove: readonly (typeof FIELDS)[number][];
};

const FIELDS = ["mask", "position", "filters", "edition"] as const;

/** The whole list anew, in the order of the drafts; a calendar named twice is one member, with its last mask and filters. */
export function listedMembers(current: readonly Member[], drafts: FeedDraft["members"], at: string): Member[] {
  const unique = [...new Map(drafts.map((draft) => [draft.calendarId, draft])).values()];
  const before = new Map(current.map((member) => [member.calendarId, member]));
  return inOrder(
    unique.map(({ calendarId, mask, filters }) => {
      const known = before.get(calendarId) ?? newMember(calendarId);
      return masked({ ...known, filters }, mask, before.has(calendarId) ? at : undefined);
    }),
  );
}

/** Throws `members-full`. */
export function withMember(current: readonly Member[], calendarId: string, put: MemberPut, at: string): Member[] {
  const before = current.find((member) => member.calendarId === calendarId);
  if (before === undefined && current.length >= MEMBER_LIMIT) {
    const what = `the feed has ${current.length} calendars, wanted fewer than ${MEMBER_LIMIT} to put ${shown(calendarId)} in`;
    throw new Refusal("members-full", what, "take one out, or make a second feed");
  }
  const known = before ?? newMember(calendarId);
  const filters = put.filters === undefined ? known.filters : (put.filters ?? undefined);
  const member = masked({ ...known, filters }, put.mask ?? known.mask, before === undefined ? undefined : at);
  const others = current.filter((each) => each !== before);
  const place = put.position ?? (before === undefined ? others.length : current.indexOf(before));
  return inOrder([...others.slice(0, place), member, ...others.slice(place)]);
}

/** Throws `member-unknown`. */
export function withoutMember(feedId: string, current: readonly Member[], calendarId: string): Member[] {
  const others = current.filter((member) => member.calendarId !== calendarId);
  if (others.length < current.length) return inOrder(others);
  const what = `feed ${shown(feedId)} has no member ${shown(calendarId)}, wanted the id of one of its calendars`;
  throw new Refusal("member-unknown", what, `look at them with: calferry feed show ${shown(feedId).slice(1, -1)}`);
}

export function memberChanges(before: readonly Member[], after: readonly Member[]): MemberChanges {
  const old = new Map(before.map((member) => [member.calendarId, member]));
  const ids = new Set(after.map(({ calendarId }) => calendarId));
  return {
    added: after.filter(({ calendarId }) => !old.has(calendarId)),
    changed: after.flatMap((member) => updateOf(old.get(member.calendarId), member)),
    removed: [...old.keys()].filter((calendarId) => !ids.has(calendarId)),
  };
}

function updateOf(before: Member | undefined, after: Member): MemberUpdate[] {
  if (before === undefined) return [];
  const changed = FIELDS.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
  if (changed.length === 0) return [];
  const set = Object.fromEntries(changed.flatMap((field) => (after[field] === undefined ? [] : [[field, after[field]]])));
  return [{ calendarId: after.calendarId, set, remove: changed.filter((field) => after[field] === undefined) }];
}

function newMember(calendarId: string): Member {
  return { version: 1, calendarId, mask: "full", position: 0 };
}

/** `at`: since when subscribers know the member; absent: they do not yet. */
function masked(member: Member, mask: Member["mask"], at: string | undefined): Member {
  if (at === undefined || member.mask === mask) return { ...member, mask };
  return { ...member, mask, edition: nextEdition(member.edition, at) };
}

function inOrder(members: readonly Member[]): Member[] {
  return members.map((member, position) => ({ ...member, position }));
}
