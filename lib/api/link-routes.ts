/** /v1/feeds/{feedId}/links: the secret addresses of a feed, one for each subscriber. */
import * as z from "zod";

import { LinkDraft, NewLinkQuery, RotateLinkQuery } from "../contract/link.ts";
import { LinkView, NewLinkView } from "../contract/link-view.ts";
import { linkView } from "../core/links.ts";
import { createLink } from "../sync/create-link.ts";
import { requireLinkRoom } from "../sync/require-room.ts";
import { revokeLink } from "../sync/revoke-link.ts";
import { rotateLink } from "../sync/rotate-link.ts";
import { publicBase } from "./link-url.ts";
import { listLinks, newLinkView } from "./link-views.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

/** It holds a secret. */
const NO_STORE = { "cache-control": "no-store" };

const createRoute = route({
  method: "POST",
  path: "/v1/feeds/{feedId}/links",
  operationId: "createLink",
  summary: "Make one more link of a feed; its secret is shown this once",
  tag: "links",
  scope: "owner",
  query: NewLinkQuery,
  body: { schema: LinkDraft },
  answers: { 201: { says: "The link with its addresses.", schema: NewLinkView } },
  codes: ["links-full", "quota-exceeded"],
  run: async ({ params: { feedId }, query: { qr }, body, request }, services) => {
    await requireLinkRoom(feedId, services, services.now());
    const made = await createLink(feedId, body, services, services);
    return { status: 201, body: newLinkView(made, publicBase(request), qr, services.now()), headers: NO_STORE };
  },
});

const listRoute = route({
  method: "GET",
  path: "/v1/feeds/{feedId}/links",
  operationId: "listLinks",
  summary: "List a feed's links, the oldest first: who uses them, when last, with what",
  tag: "links",
  scope: "owner",
  answers: {
    200: {
      says: "All of them; those that ended more than 90 days ago are forgotten.",
      schema: z.object({ items: z.array(LinkView) }),
    },
  },
  codes: [],
  run: async ({ params: { feedId } }, { feeds, now }) => {
    return { status: 200, body: { items: await listLinks(feedId, feeds, now()) } };
  },
});

const rotateRoute = route({
  method: "POST",
  path: "/v1/feeds/{feedId}/links/{linkId}/rotate",
  operationId: "rotateLink",
  summary: "Give a link a new secret; the old one works until its grace ends",
  tag: "links",
  scope: "owner",
  query: RotateLinkQuery,
  answers: { 201: { says: "The link that takes its place, with its addresses.", schema: NewLinkView } },
  codes: ["link-unknown", "link-ended"],
  run: async ({ params, query: { graceDays, qr }, request }, services) => {
    const made = await rotateLink(params, graceDays, services, services);
    return { status: 201, body: newLinkView(made, publicBase(request), qr, services.now()), headers: NO_STORE };
  },
});

const revokeRoute = route({
  method: "DELETE",
  path: "/v1/feeds/{feedId}/links/{linkId}",
  operationId: "revokeLink",
  summary: "End a link at once",
  description: "Whoever asks for it hears what they hear of a link that never was: 404.",
  tag: "links",
  scope: "owner",
  answers: { 200: { says: "The link as it ended.", schema: LinkView } },
  codes: ["link-unknown"],
  run: async ({ params }, services) => {
    return { status: 200, body: linkView(await revokeLink(params, services, services.now()), services.now()) };
  },
});

export const linkRoutes: readonly Route[] = [createRoute, listRoute, rotateRoute, revokeRoute];
