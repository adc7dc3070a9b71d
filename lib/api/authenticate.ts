/** The bearer key in front of every route that is not public. */
import type { MiddlewareHandler } from "hono";

import { Refusal } from "../core/failure.ts";
import { hashSecret } from "../core/secret.ts";
import type { Caller } from "./caller.ts";
import type { ApiServices } from "./services.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Set on every route that is not public. */
    caller: Caller;
  }
}

const HEADER = /^Bearer +(?<secret>[\u0021-\u007e]{1,200})$/iu;
const NEXT = "make one with: calferry key create";

/** Looked up by its hash, so that the time taken says nothing about how much of a wrong key was right. */
export function authenticate(services: Pick<ApiServices, "keys">): MiddlewareHandler {
  return async (context, next) => {
    const header = context.req.header("authorization");
    if (header === undefined)
      throw new Refusal("key-missing", "no Authorization header, wanted: Authorization: Bearer <key>", NEXT);
    const secret = HEADER.exec(header)?.groups?.["secret"];
    const key = secret === undefined ? undefined : await services.keys.key(hashSecret(secret));
    if (key?.state !== "active") throw new Refusal("key-invalid", "the key is unknown or revoked, wanted an active key", NEXT);
    context.set("caller", { scope: "admin", keyId: key.keyHash.slice(0, 16) });
    await next();
  };
}
