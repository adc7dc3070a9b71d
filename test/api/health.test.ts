import { expect, it } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { HealthView } from "../../lib/contract/health.ts";
import { letterOfAnn } from "./ann.ts";
import { ADMIN_KEY, ANN_KEY, createMemory, REVOKED_KEY } from "./memory-services.ts";
import type { Memory } from "./memory-services.ts";

it.each([undefined, "nobody's", REVOKED_KEY, ANN_KEY])("anybody hears that the API answers, and no more: key %s", async (key) => {
  const memory = createMemory();
  await letterOfAnn(memory);
  expect(await healthFor(memory, key)).toEqual({ status: "ok", at: "2026-05-06T01:00:00.000Z" });
});

it("an operator hears how the deployment does", async () => {
  const memory = createMemory();
  await letterOfAnn(memory);
  expect((await healthFor(memory, ADMIN_KEY)).details).toEqual({
    coveredUntil: "2026-05-06T00:59:00.000Z",
    tickAgeSeconds: 60,
    isTickLate: false,
    openLetters: 1,
    isMoreOpen: false,
    coolingHosts: 0,
  });
});

it.each([
  ["no tick yet", undefined],
  ["a tick four minutes ago", Date.parse("2026-05-06T00:56:00.000Z") / 60_000],
])("ticks are late: %s", async (_case, covered) => {
  const memory = createMemory();
  const services = { ...memory.services, cursor: { lastCovered: async () => await Promise.resolve(covered) } };
  expect((await healthFor({ ...memory, services }, ADMIN_KEY)).details?.isTickLate).toBe(true);
});

async function healthFor({ services }: Memory, key: string | undefined): Promise<HealthView> {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return HealthView.parse(await (await createApp(services).request("/v1/health", { headers })).json());
}
