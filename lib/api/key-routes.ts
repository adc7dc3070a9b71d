/** /v1/keys: who may use the API. An owner's key sees, makes and revokes keys of its owner alone. */
import { CreatedKey, KeyDraft, KeyPageQuery, KeyView } from "../contract/key.ts";
import { pageOf } from "../contract/page.ts";
import { keyView, unknownKey } from "../core/keys.ts";
import { createKey } from "../sync/create-key.ts";
import { revokeKey } from "../sync/revoke-key.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const createRoute = route({
  method: "POST",
  path: "/v1/keys",
  operationId: "createKey",
  summary: "Make a key; its secret is shown this once",
  description:
    "With `ownerId` it reaches that owner's things alone; without one it is an admin key, which only an admin key can make.",
  tag: "keys",
  scope: "owner",
  body: { schema: KeyDraft, example: { label: "app of team-a", ownerId: "team-a", expiresAt: "2030-01-01T00:00:00Z" } },
  answers: { 201: { says: "The key.", schema: CreatedKey, headers: { location: "Where it is read." } } },
  codes: [],
  run: async ({ body }, services) => {
    const created = await createKey(body, services, services);
    return { status: 201, body: created, headers: { location: `/v1/keys/${created.keyId}`, "cache-control": "no-store" } };
  },
});

const listRoute = route({
  method: "GET",
  path: "/v1/keys",
  operationId: "listKeys",
  summary: "List keys, the oldest first, revoked and expired ones too",
  tag: "keys",
  scope: "owner",
  query: KeyPageQuery,
  answers: { 200: { says: "One page.", schema: pageOf(KeyView) } },
  codes: [],
  run: async ({ query: { owner, limit, cursor } }, { keys, now }) => {
    const page = await keys.keys(owner, { limit, cursor });
    return { status: 200, body: { ...page, items: page.items.map((key) => keyView(key, now())) } };
  },
});

const showRoute = route({
  method: "GET",
  path: "/v1/keys/{keyId}",
  operationId: "getKey",
  summary: "Look at a key: what it is for, and when it was last used",
  tag: "keys",
  scope: "owner",
  answers: { 200: { says: "The key.", schema: KeyView } },
  codes: [],
  run: async ({ params: { keyId } }, { keys, now }) => {
    const key = await keys.keyById(keyId);
    if (key === undefined) throw unknownKey(keyId);
    return { status: 200, body: keyView(key, now()) };
  },
});

const revokeRoute = route({
  method: "DELETE",
  path: "/v1/keys/{keyId}",
  operationId: "revokeKey",
  summary: "Revoke a key; the next request with it is refused",
  tag: "keys",
  scope: "owner",
  answers: { 200: { says: "The key as it is now.", schema: KeyView } },
  codes: [],
  run: async ({ params: { keyId } }, { keys, now }) => {
    return { status: 200, body: keyView(await revokeKey(keyId, keys, now), now()) };
  },
});

export const keyRoutes: readonly Route[] = [createRoute, listRoute, showRoute, revokeRoute];
