import { expect, test } from "vitest";
import * as z from "zod";

import { createApp } from "../../lib/api/app.ts";
import { route } from "../../lib/api/route.ts";
import { calendarOfAnn } from "./ann.ts";
import { ADMIN_KEY, ANN_KEY, BOB_KEY, createMemory } from "./memory-services.ts";

test("a route that forgets whose a thing is that a body or query names is kept from it all the same", async () => {
  const memory = createMemory();
  const [named, heard] = [z.object({ calendarId: z.string() }), new Array<unknown>()];
  const facts = { operationId: "forgetful", summary: "Forget", tag: "calendars", scope: "owner", codes: [] } as const;
  const answers = { 204: { says: "Done." } };
  const run = ({ query, body }: { readonly query: unknown; readonly body: unknown }): { readonly status: 204 } => {
    heard.push(query ?? body);
    return { status: 204 };
  };
  const byBody = route({ ...facts, method: "POST", path: "/v1/forgetful", body: { schema: named }, answers, run });
  const byQuery = route({ ...facts, method: "GET", path: "/v1/forgetful", query: named, answers, run });
  const app = createApp(memory.services, [byBody, byQuery]);
  const calendarId = await calendarOfAnn(memory);
  const statuses = async (key: string): Promise<readonly number[]> => {
    const headers = { authorization: `Bearer ${key}` };
    const posted = await app.request("/v1/forgetful", { method: "POST", headers, body: JSON.stringify({ calendarId }) });
    return [posted.status, (await app.request(`/v1/forgetful?calendarId=${calendarId}`, { headers })).status];
  };
  expect(await statuses(BOB_KEY)).toEqual([404, 404]);
  expect(heard).toEqual([]);
  expect(await statuses(ANN_KEY)).toEqual([204, 204]);
  expect(await statuses(ADMIN_KEY)).toEqual([204, 204]);
});
