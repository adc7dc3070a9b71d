/** /v1/letters: what gave up, and sending it again. */
import { Hono } from "hono";

import type { Letter } from "../contract/letter.ts";
import { LetterPageQuery } from "../contract/page.ts";
import { refuseReplay, unknownLetter } from "../core/refusals.ts";
import type { Page } from "../sync/registry.ts";
import { replayLetter } from "../sync/replay-letter.ts";
import { readQuery } from "./read-request.ts";
import type { ApiServices } from "./services.ts";

export function letterRoutes(services: ApiServices): Hono {
  const app = new Hono();
  app.get("/", async (context) => {
    const { state, limit, cursor } = readQuery(context.req, LetterPageQuery);
    const page: Page<Letter> = await services.letters.list(state, { limit, cursor });
    return context.json(page);
  });
  app.post("/:letterId/replay", async (context) => {
    const letterId = context.req.param("letterId");
    if ((await services.letters.get(letterId)) === undefined) throw unknownLetter(letterId);
    const { now, newId } = services;
    const end = await replayLetter(letterId, services, { now, newId, who: "api" });
    if (end.kind !== "sent") throw refuseReplay(letterId, end.kind);
    return context.json({ letterId, state: "replaying", taskId: end.taskId }, 202);
  });
  return app;
}
