/** /v1/feeds/{feedId}/members: which calendars a feed is made of, and what each shows. */
import { MemberList, MemberPut } from "../contract/feed.ts";
import { MembersView } from "../contract/feed-view.ts";
import { memberViews } from "../core/registry.ts";
import { putMember, removeMember, setMembers } from "../sync/change-members.ts";
import { viewFeed } from "./feed-views.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const MEMBERS = { 200: { says: "The members, in the feed's order.", schema: MembersView } } as const;

const listRoute = route({
  method: "GET",
  path: "/v1/feeds/{feedId}/members",
  operationId: "listMembers",
  summary: "List the calendars of a feed, in its order",
  tag: "feeds",
  scope: "owner",
  answers: MEMBERS,
  codes: [],
  run: async ({ params: { feedId } }, { feeds, now }) => {
    const { members } = await viewFeed(feedId, feeds, now());
    return { status: 200, body: { members } };
  },
});

const setRoute = route({
  method: "PUT",
  path: "/v1/feeds/{feedId}/members",
  operationId: "setMembers",
  summary: "Set all calendars of a feed at once, in their order",
  description:
    "Calendars that the list leaves out leave the feed. Their events go with the next build, which is asked for at once.",
  tag: "feeds",
  scope: "owner",
  body: { schema: MemberList },
  answers: MEMBERS,
  codes: ["calendar-unknown"],
  run: async ({ params: { feedId }, body: { members } }, services) => {
    return { status: 200, body: { members: memberViews(await setMembers(feedId, members, services, services)) } };
  },
});

const putRoute = route({
  method: "PUT",
  path: "/v1/feeds/{feedId}/members/{calendarId}",
  operationId: "putMember",
  summary: "Put a calendar into a feed, or change its mask, place or filters there",
  tag: "feeds",
  scope: "owner",
  body: { schema: MemberPut },
  answers: MEMBERS,
  codes: ["members-full"],
  run: async ({ params, body }, services) => {
    return { status: 200, body: { members: memberViews(await putMember(params, body, services, services)) } };
  },
});

const removeRoute = route({
  method: "DELETE",
  path: "/v1/feeds/{feedId}/members/{calendarId}",
  operationId: "removeMember",
  summary: "Take a calendar out of a feed",
  tag: "feeds",
  scope: "owner",
  answers: MEMBERS,
  codes: ["member-unknown"],
  run: async ({ params }, services) => {
    return { status: 200, body: { members: memberViews(await removeMember(params, services, services)) } };
  },
});

export const memberRoutes: readonly Route[] = [listRoute, setRoute, putRoute, removeRoute];
