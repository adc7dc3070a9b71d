/** /v1/owners: suspend, resume and erase everything that is one owner's. For operators. */
import { EraseReport, EraseRequest, OwnerPart, OwnerReport, OwnerView } from "../contract/owner.ts";
import { ownerView } from "../core/owners.ts";
import { countOwned } from "../sync/count-owned.ts";
import { eraseOwner } from "../sync/erase-owner.ts";
import { resumeOwner, suspendOwner } from "../sync/suspend-owner.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const PARTS = "One call works through a part: repeat it with the answer's `cursor` until there is none.";

const showRoute = route({
  method: "GET",
  path: "/v1/owners/{ownerId}",
  operationId: "getOwner",
  summary: "Say whether an owner is active, suspended or being erased",
  description: "An owner of whom nothing is said is active.",
  tag: "owners",
  scope: "admin",
  answers: { 200: { says: "The owner.", schema: OwnerView } },
  codes: [],
  run: async ({ params: { ownerId } }, { ownerRecords }) => {
    return { status: 200, body: ownerView(ownerId, await ownerRecords.owner(ownerId)) };
  },
});

const suspendRoute = route({
  method: "POST",
  path: "/v1/owners/{ownerId}/suspend",
  operationId: "suspendOwner",
  summary: "Suspend an owner",
  description: `Its keys are refused from now on, its active calendars are paused; its feeds go on with what they have. ${PARTS}`,
  tag: "owners",
  scope: "admin",
  body: { schema: OwnerPart, example: { dryRun: true } },
  answers: { 200: { says: "What this part came to, calendar by calendar.", schema: OwnerReport } },
  codes: ["owner-suspended"],
  run: async ({ params: { ownerId }, body }, services) => {
    return { status: 200, body: await suspendOwner({ ...body, ownerId }, services, services) };
  },
});

const resumeRoute = route({
  method: "POST",
  path: "/v1/owners/{ownerId}/resume",
  operationId: "resumeOwner",
  summary: "Resume a suspended owner",
  description: `Its keys are taken again, and the calendars that were paused with it run from their next turn on. ${PARTS}`,
  tag: "owners",
  scope: "admin",
  body: { schema: OwnerPart, example: { dryRun: true } },
  answers: { 200: { says: "What this part came to, calendar by calendar.", schema: OwnerReport } },
  codes: ["owner-suspended"],
  run: async ({ params: { ownerId }, body }, services) => {
    return { status: 200, body: await resumeOwner({ ...body, ownerId }, services) };
  },
});

const eraseRoute = route({
  method: "POST",
  path: "/v1/owners/{ownerId}/erase",
  operationId: "eraseOwner",
  summary: "Erase an owner: everything that is stored of it",
  description:
    "Calendars, events, feeds, links, keys, runs, dead letters, reservations, downloads and all their objects. It cannot be undone. One call does a part: repeat it while `state` is `erasing`; at `settling` wait until `until`, when workers have ended what they had begun, and go on. An erasure that was broken off goes on where it was. A dry run counts instead, part by part with `cursor`.",
  tag: "owners",
  scope: "admin",
  body: { schema: EraseRequest, example: { dryRun: true } },
  answers: { 200: { says: "What this part did.", schema: EraseReport } },
  codes: [],
  run: async ({ params: { ownerId }, body }, services) => {
    const asked = { ...body, ownerId };
    return { status: 200, body: body.dryRun ? await countOwned(asked, services) : await eraseOwner(asked, services, services) };
  },
});

export const ownerRoutes: readonly Route[] = [showRoute, suspendRoute, resumeRoute, eraseRoute];
