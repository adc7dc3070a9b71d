/** /v1/health: whether the API answers at all, and how the deployment does. */
import { HealthView } from "../contract/health.ts";
import { isAdminKey } from "./authenticate.ts";
import { readHealth } from "./read-health.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const NO_STORE = { "cache-control": "no-store" };

const healthRoute = route({
  method: "GET",
  path: "/v1/health",
  operationId: "getHealth",
  summary: "Say whether the API answers",
  description: "Anybody may ask. With an admin key it says how the deployment does, too.",
  tag: "system",
  scope: "public",
  answers: { 200: { says: "It does.", schema: HealthView } },
  codes: [],
  run: async ({ request }, services) => {
    const body = { status: "ok" as const, at: services.now().toISOString() };
    const isAdmin = await isAdminKey(request.headers.get("authorization"), services);
    return { status: 200, body: isAdmin ? { ...body, details: await readHealth(services) } : body, headers: NO_STORE };
  },
});

export const systemRoutes: readonly Route[] = [healthRoute];
