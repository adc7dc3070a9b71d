/** The bearer key in front of every route that is not public. */
import type { MiddlewareHandler } from "hono";

import type { Key } from "../contract/key.ts";
import { Refusal } from "../core/failure.ts";
import { keyIdOf, keyMarkedBefore, standingOf } from "../core/keys.ts";
import { isShutOut, suspendedOwner } from "../core/owners.ts";
import { hashSecret } from "../core/secret.ts";
import type { Caller } from "./caller.ts";
import type { ApiServices } from "./services.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Set on every route that is not public. */
    caller: Caller;
    /** The key itself: what answers that are kept are sealed with. */
    secret: string;
  }
}

type AuthServices = Pick<ApiServices, "keys" | "ownerRecords" | "now" | "reportFault">;

const HEADER = /^Bearer +(?<secret>[\u0021-\u007e]{1,200})$/iu;
const NEXT = "make one with: calferry key create";

/** Looked up by its hash, so that the time taken says nothing about how much of a wrong key was right. */
export function authenticate(services: AuthServices): MiddlewareHandler {
  return async (context, next) => {
    const header = context.req.header("authorization");
    if (header === undefined)
      throw new Refusal("key-missing", "no Authorization header, wanted: Authorization: Bearer <key>", NEXT);
    const secret = secretIn(header);
    const key = secret === undefined ? undefined : await services.keys.key(hashSecret(secret));
    const caller = callerOf(key, services.now());
    // Read each time: who is suspended is shut out at once.
    const owner = caller.scope === "owner" ? await services.ownerRecords.owner(caller.ownerId) : undefined;
    if (isShutOut(owner)) throw suspendedOwner(owner);
    context.set("caller", caller);
    context.set("secret", secret ?? "");
    // Beside the request's own work; ended before the answer, for a Lambda stops at it.
    const marked = key === undefined ? Promise.resolve() : markUse(key, services);
    await next();
    await marked;
  };
}

/** For what anybody may ask and operators hear more of. */
export async function isAdminKey(header: string | null, { keys, now }: Pick<ApiServices, "keys" | "now">): Promise<boolean> {
  const secret = header === null ? undefined : secretIn(header);
  const key = secret === undefined ? undefined : await keys.key(hashSecret(secret));
  return key?.scope === "admin" && standingOf(key, now()) === "active";
}

function secretIn(header: string): string | undefined {
  return HEADER.exec(header)?.groups?.["secret"];
}

/** Throws `key-invalid` for whatever opens nothing. */
function callerOf(key: Key | undefined, now: Date): Caller {
  const standing = key === undefined ? "unknown" : standingOf(key, now);
  const isOwnerless = key?.scope === "owner" && key.ownerId === undefined;
  if (key === undefined || standing !== "active" || isOwnerless)
    throw new Refusal("key-invalid", `the key is ${standing}, wanted an active one`, NEXT);
  const keyId = keyIdOf(key);
  return key.ownerId === undefined ? { scope: "admin", keyId } : { scope: "owner", ownerId: key.ownerId, keyId };
}

/** At most one write an hour; a request never fails for it. */
async function markUse(key: Key, { keys, now, reportFault }: AuthServices): Promise<void> {
  const before = keyMarkedBefore(now());
  if (key.lastUsedAt !== undefined && key.lastUsedAt > before) return;
  await keys.markKeyUsed(key, now().toISOString(), before).catch(reportFault);
}
