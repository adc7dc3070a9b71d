/** POST with an Idempotency-Key: done once, answered as often as it is asked. */
import type { Context } from "hono";

import { IdempotencyKey } from "../contract/idempotency.ts";
import type { IdempotencyRecord } from "../contract/idempotency.ts";
import {
  answerLost,
  hashRequest,
  idempotencyId,
  inProgress,
  newClaim,
  NONCE_BYTES,
  openAnswer,
  sealAnswer,
  sealsOf,
  standingOf,
} from "../core/idempotency.ts";
import type { Seals } from "../core/idempotency.ts";
import type { Caller } from "./caller.ts";
import { readInput } from "./read-input.ts";
import type { ApiServices } from "./services.ts";

export interface IdempotencyBook {
  load(id: string): Promise<IdempotencyRecord | undefined>;
  /** Where there is no record, or still the one whose claim was seen. */
  claim(id: string, claim: IdempotencyRecord, seen: string | undefined): Promise<"saved" | "lost">;
  /** By who holds the claim alone; else nothing happens. */
  answer(id: string, claimId: string, answer: NonNullable<IdempotencyRecord["answer"]>): Promise<void>;
  release(id: string, claimId: string): Promise<void>;
}
type Services = Pick<ApiServices, "idempotency" | "now" | "newId" | "randomBytes" | "reportFault">;

const HEADER = "idempotency-key";
const REPLAYED = "idempotency-replayed";

/**
 * What `serve` answers, or what it answered to the same request with the same key within a day. A refusal changed nothing and is not kept: the
 * same key may be sent again. Who dies on the way leaves a claim that ends by itself; then the request is done anew.
 */
export async function onceFor(
  context: Context,
  caller: Caller,
  services: Services,
  serve: () => Promise<Response>,
): Promise<Response> {
  const header = context.req.method === "POST" ? context.req.header(HEADER) : undefined;
  if (header === undefined || caller.scope === "public") return await serve();
  const id = idempotencyId(caller.keyId, readInput(IdempotencyKey, header, "headers"));
  const seals = sealsOf(context.get("secret"), id);
  const { pathname, search } = new URL(context.req.url);
  const bytes = new Uint8Array(await context.req.arrayBuffer());
  const requestHash = hashRequest(context.req.method, pathname + search, bytes, seals);
  const seen = await services.idempotency.load(id);
  const standing = standingOf(seen, requestHash, services.now());
  if (standing.kind === "answered") return replay(standing.answer, seals);
  const owned = caller.scope === "owner" ? { ownerId: caller.ownerId } : {};
  const claim = { ...newClaim(requestHash, services.newId(), services.now()), ...owned };
  if ((await services.idempotency.claim(id, claim, seen?.claimId)) === "lost") throw inProgress();
  return await serveOnce({ id, claimId: claim.claimId, seals }, services, serve);
}

type Held = { readonly id: string; readonly claimId: string; readonly seals: Seals };

async function serveOnce(held: Held, services: Services, serve: () => Promise<Response>): Promise<Response> {
  const { id, claimId } = held;
  let response: Response;
  try {
    response = await serve();
  } catch (error) {
    // The refusal is what the caller has to hear; a claim that stays ends by itself.
    await services.idempotency.release(id, claimId).catch(services.reportFault);
    throw error;
  }
  // It is done: that its answer could not be kept must not make it look undone.
  await keep(response.clone(), held, services).catch(services.reportFault);
  return response;
}

async function keep(response: Response, { id, claimId, seals }: Held, { idempotency, randomBytes }: Services): Promise<void> {
  const headers = Object.fromEntries(response.headers);
  const sealed = sealAnswer({ headers, body: await response.text() }, seals, randomBytes(NONCE_BYTES));
  const location = response.headers.get("location") ?? undefined;
  await idempotency.answer(id, claimId, { status: response.status, location, sealed });
}

/** Throws `idempotency-answer-lost`. */
function replay(answer: NonNullable<IdempotencyRecord["answer"]>, seals: Seals): Response {
  if (answer.sealed === undefined) throw answerLost(answer);
  const { headers, body } = openAnswer(answer.sealed, seals);
  const isEmpty = [204, 304].includes(answer.status);
  return new Response(isEmpty ? null : body, { status: answer.status, headers: { ...headers, [REPLAYED]: "true" } });
}
