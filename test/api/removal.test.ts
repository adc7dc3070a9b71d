import { expect, test } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { calendarOfAnn } from "./ann.ts";
import { ANN_KEY, BOB_KEY, createMemory } from "./memory-services.ts";

test("a removal that broke off is its owner's to finish, and nobody else's", async () => {
  const memory = createMemory();
  const calendarId = await calendarOfAnn(memory);
  const { calendars } = memory.services;
  let isBroken = true;
  const broken = {
    ...calendars,
    deletePointersAndCheckpoint: async (id: string): Promise<void> => {
      if (isBroken) throw new Error("the table does not answer");
      await calendars.deletePointersAndCheckpoint(id);
    },
  };
  const app = createApp({ ...memory.services, calendars: broken });
  const asked = async (method: "DELETE" | "GET", key: string): Promise<number> =>
    (await app.request(`/v1/calendars/${calendarId}`, { method, headers: { authorization: `Bearer ${key}` } })).status;
  expect(await asked("DELETE", ANN_KEY)).toBe(500);
  isBroken = false;
  expect(await asked("GET", ANN_KEY)).toBe(404);
  expect(await asked("DELETE", BOB_KEY)).toBe(404);
  expect(memory.calendars.has(calendarId)).toBe(true);
  expect(await asked("DELETE", ANN_KEY)).toBe(200);
  expect(memory.calendars.has(calendarId)).toBe(false);
  expect(await asked("DELETE", ANN_KEY)).toBe(404);
});
