/** /v1/usage and /v1/owners/{ownerId}/quota: what an owner has, and what it may have. */
import { QuotaDraft, QuotaView } from "../contract/quota.ts";
import { UsageQuery, UsageView } from "../contract/usage.ts";
import { setQuota, showQuota } from "../sync/require-room.ts";
import { showUsage } from "../sync/show-usage.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const usageRoute = route({
  method: "GET",
  path: "/v1/usage",
  operationId: "getUsage",
  summary: "Say what an owner has, what it may have and how it does",
  tag: "owners",
  scope: "owner",
  query: UsageQuery,
  answers: { 200: { says: "As it is now.", schema: UsageView } },
  codes: [],
  run: async ({ query: { owner } }, services) => ({ status: 200, body: await showUsage(owner, services, services.now()) }),
});

const showRoute = route({
  method: "GET",
  path: "/v1/owners/{ownerId}/quota",
  operationId: "getQuota",
  summary: "Say what an owner may have",
  tag: "owners",
  scope: "admin",
  answers: { 200: { says: "Its limits.", schema: QuotaView } },
  codes: [],
  run: async ({ params: { ownerId } }, { quotas }) => ({ status: 200, body: await showQuota(ownerId, quotas) }),
});

const setRoute = route({
  method: "PUT",
  path: "/v1/owners/{ownerId}/quota",
  operationId: "setQuota",
  summary: "Give an owner other limits than the usual ones",
  description: "The whole of it: what is absent is as usual. What an owner has already stays, though it were more.",
  tag: "owners",
  scope: "admin",
  body: { schema: QuotaDraft, example: { calendars: 20_000 } },
  answers: { 200: { says: "Its limits as they are now.", schema: QuotaView } },
  codes: [],
  run: async ({ params: { ownerId }, body }, { quotas }) => ({ status: 200, body: await setQuota(ownerId, body, quotas) }),
});

export const usageRoutes: readonly Route[] = [usageRoute, showRoute, setRoute];
