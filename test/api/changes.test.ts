import { describe, expect, test } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { pushOfAnn } from "./ann.ts";
import { ANN_KEY, createMemory } from "./memory-services.ts";
import type { Memory } from "./memory-services.ts";

async function ask(memory: Memory, path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = { authorization: `Bearer ${ANN_KEY}` };
  const response = await createApp(memory.services).request(path, { headers });
  return { status: response.status, body: await response.json() };
}

describe("GET /v1/calendars/{calendarId}/changes", () => {
  test("gives a receiver without anything the whole content, and one that has it nothing", async () => {
    const memory = createMemory();
    const path = `/v1/calendars/${await pushOfAnn(memory)}/changes`;
    const { status, body } = await ask(memory, `${path}?from=0`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      calendarVersion: 1,
      items: [
        { kind: "created", ownerId: "ann", previousVersion: 0, calendarVersion: 1, part: 1, parts: 1 },
        { kind: "import.finished", parts: 1, created: 4 },
      ],
    });
    expect(await ask(memory, `${path}?from=1`)).toEqual({ status: 200, body: { items: [], calendarVersion: 1 } });
  });

  test("says what to do where the changes are gone, or never were", async () => {
    const memory = createMemory();
    const calendarId = await pushOfAnn(memory);
    const path = `/v1/calendars/${calendarId}/changes`;
    const ahead = { code: "version-ahead", seen: "8", calendarVersion: 1, next: expect.stringContaining(`${path}?from=0`) };
    expect(await ask(memory, `${path}?from=8`)).toMatchObject({ status: 409, body: ahead });
    const checkpoint = memory.checkpoints.get(calendarId);
    if (checkpoint !== undefined) memory.checkpoints.set(calendarId, { ...checkpoint, calendarVersion: 9 });
    const needed = { code: "snapshot-needed", seen: "2", calendarVersion: 9, next: expect.stringContaining(`${path}?from=0`) };
    expect(await ask(memory, `${path}?from=2`)).toMatchObject({ status: 410, body: needed });
  });

  test.each(["", "?from=-1", "?from=x", "?from=0&limit=0", "?from=0&limit=201", "?from=0&cursor=nope", "?from=0&since=1"])(
    "refuses the query %j",
    async (query) => {
      const memory = createMemory();
      const path = `/v1/calendars/${await pushOfAnn(memory)}/changes`;
      expect(await ask(memory, path + query)).toMatchObject({ status: 400, body: { code: "query-invalid" } });
    },
  );
});
