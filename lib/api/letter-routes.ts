/** /v1/letters: what gave up, and what an operator does about it. */
import { Hono } from "hono";

import { LetterAck, LetterDiscard } from "../contract/letter.ts";
import { LetterPageQuery } from "../contract/page.ts";
import { letterView } from "../core/letter-choice.ts";
import type { LetterView } from "../core/letter-choice.ts";
import { refuseMark, refuseReplay, unknownLetter } from "../core/refusals.ts";
import { listLetters } from "../sync/list-letters.ts";
import { markLetter } from "../sync/mark-letter.ts";
import type { Mark } from "../sync/mark-letter.ts";
import type { Page } from "../sync/registry.ts";
import { replayLetter } from "../sync/replay-letter.ts";
import { readJson, readQuery } from "./read-request.ts";
import type { ApiServices } from "./services.ts";

export function letterRoutes(services: ApiServices): Hono {
  const app = new Hono();
  app.get("/", async (context) => {
    const { state, limit, cursor, ...filter } = readQuery(context.req, LetterPageQuery);
    const page = await listLetters(services.letters, { state, filter, now: services.now() }, { limit, cursor });
    const views: Page<LetterView> = { ...page, items: page.items.map(letterView) };
    return context.json(views);
  });
  app.get("/:letterId", async (context) => {
    const letter = await services.letters.get(context.req.param("letterId"));
    if (letter === undefined) throw unknownLetter(context.req.param("letterId"));
    return context.json(letterView(letter));
  });
  app.post("/:letterId/replay", async (context) => {
    const letterId = context.req.param("letterId");
    if ((await services.letters.get(letterId)) === undefined) throw unknownLetter(letterId);
    const { now, newId } = services;
    const end = await replayLetter(letterId, services, { now, newId, who: "api" });
    if (end.kind !== "sent") throw refuseReplay(letterId, end.kind);
    return context.json({ letterId, state: "replaying", taskId: end.taskId, startAt: end.startAt }, 202);
  });
  app.post("/:letterId/ack", async (context) => {
    const { why = "acknowledged" } = await readJson(context.req, LetterAck);
    return context.json(await mark(context.req.param("letterId"), { state: "acknowledged", why }, services));
  });
  app.post("/:letterId/discard", async (context) => {
    const { why } = await readJson(context.req, LetterDiscard);
    return context.json(await mark(context.req.param("letterId"), { state: "discarded", why }, services));
  });
  return app;
}

async function mark(letterId: string, what: Pick<Mark, "state" | "why">, services: ApiServices): Promise<LetterView> {
  const marked = await markLetter(letterId, { ...what, who: "api", now: services.now }, services.letters);
  if (marked === "unknown") throw unknownLetter(letterId);
  if (marked === "not-open") throw refuseMark(letterId, what.state);
  return letterView(marked);
}
