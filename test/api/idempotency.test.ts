import { describe, expect, it } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import type { ApiServices } from "../../lib/api/services.ts";
import { Problem } from "../../lib/contract/problem.ts";
import { CreatedKey } from "../../lib/contract/key.ts";
import { ADMIN_KEY, ANN_KEY, BOB_KEY, createMemory } from "./memory-services.ts";
import type { Memory } from "./memory-services.ts";

const CALENDAR = { name: "New", source: { kind: "push" } };

describe("a POST with an Idempotency-Key", () => {
  it("is done once and answered each time, secret and all", async () => {
    const memory = createMemory();
    const first = await post(memory, "/v1/keys", { label: "app" });
    const again = await post(memory, "/v1/keys", { label: "app" });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(await again.text()).toBe(await first.text());
    expect(again.headers.get("location")).toBe(first.headers.get("location"));
    expect([first, again].map(({ headers }) => headers.get("idempotency-replayed"))).toEqual([null, "true"]);
    expect([...memory.keys.values()].filter(({ label }) => label === "app")).toHaveLength(1);
  });

  it("leaves nothing of the secret or of the request in the record", async () => {
    const memory = createMemory();
    const { key } = CreatedKey.parse(await (await post(memory, "/v1/keys", { label: "whose label is looked for" })).json());
    const kept = [...memory.once.values()].map(
      (record) => Buffer.from(record.answer?.sealed ?? []).toString("latin1") + JSON.stringify(record),
    );
    expect(kept).toHaveLength(1);
    for (const text of kept) for (const word of [key, "looked for", ADMIN_KEY, "once-1"]) expect(text).not.toContain(word);
  });

  it("is refused where the key came with another body, path or query before", async () => {
    const memory = createMemory();
    await post(memory, "/v1/calendars", CALENDAR);
    const others = [
      await post(memory, "/v1/calendars", { ...CALENDAR, name: "Other" }),
      await post(memory, "/v1/keys", CALENDAR),
      await post(memory, "/v1/calendars?x=1", CALENDAR),
    ];
    for (const other of others) expect([other.status, await codeOf(other)]).toEqual([422, "idempotency-key-reused"]);
    expect(memory.calendars.size).toBe(1);
  });

  it("is each caller's own", async () => {
    const memory = createMemory();
    const answers = [
      await post(memory, "/v1/calendars", CALENDAR, { key: ANN_KEY }),
      await post(memory, "/v1/calendars", CALENDAR, { key: BOB_KEY }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect([...memory.calendars.values()].map(({ ownerId }) => ownerId)).toEqual(["ann", "bob"]);
  });

  it("is done by one of many that come at once; the others are told to wait", async () => {
    const memory = createMemory();
    const answers = await Promise.all(Array.from({ length: 8 }, async () => await post(memory, "/v1/calendars", CALENDAR)));
    expect(memory.calendars.size).toBe(1);
    const late = answers.filter(({ status }) => status === 409);
    expect(answers.filter(({ status, headers }) => status === 201 && !headers.has("idempotency-replayed"))).toHaveLength(1);
    for (const each of late)
      expect([await codeOf(each), each.headers.get("retry-after")]).toEqual(["idempotency-in-progress", "1"]);
    expect((await post(memory, "/v1/calendars", CALENDAR)).headers.get("idempotency-replayed")).toBe("true");
  });

  it("whose first request died is done anew once its claim has ended", async () => {
    const memory = createMemory();
    const dies = async (): Promise<never> => await Promise.reject(new Error("killed"));
    const killed = releasing(memory.services, dies);
    const broken = { ...killed, calendars: { ...killed.calendars, putCalendar: dies } };
    expect((await post({ ...memory, services: broken }, "/v1/calendars", CALENDAR)).status).toBe(500);
    expect(await codeOf(await post(memory, "/v1/calendars", CALENDAR))).toBe("idempotency-in-progress");
    const later = { ...memory, services: { ...memory.services, now: () => new Date(memory.services.now().getTime() + 61_000) } };
    expect((await post(later, "/v1/calendars", CALENDAR)).status).toBe(201);
    expect(memory.calendars.size).toBe(1);
  });

  it("that was refused may be sent again when the cause is gone", async () => {
    const memory = createMemory();
    expect((await post(memory, "/v1/feeds", { name: "New", members: [{ calendarId: "id1" }] })).status).toBe(404);
    await post(memory, "/v1/calendars", CALENDAR, { once: "another" });
    const [calendarId = ""] = memory.calendars.keys();
    expect((await post(memory, "/v1/feeds", { name: "New", members: [{ calendarId }] })).status).toBe(201);
  });

  it("is as good as new after a day", async () => {
    const memory = createMemory();
    await post(memory, "/v1/calendars", CALENDAR);
    const later = {
      ...memory,
      services: { ...memory.services, now: () => new Date(memory.services.now().getTime() + 86_400_001) },
    };
    expect((await post(later, "/v1/calendars", CALENDAR)).headers.get("idempotency-replayed")).toBeNull();
    expect(memory.calendars.size).toBe(2);
  });

  it("whose answer was too large to keep says so and is not done again", async () => {
    const memory = createMemory();
    await post(memory, "/v1/calendars", CALENDAR);
    for (const [id, record] of memory.once) {
      if (record.answer !== undefined) memory.once.set(id, { ...record, answer: { ...record.answer, sealed: undefined } });
    }
    const again = await post(memory, "/v1/calendars", CALENDAR);
    expect([again.status, await codeOf(again)]).toEqual([409, "idempotency-answer-lost"]);
    expect(memory.calendars.size).toBe(1);
  });

  it("of a key that no header could mean is refused", async () => {
    const refused = await post(createMemory(), "/v1/calendars", CALENDAR, { once: "with space" });
    expect([refused.status, await codeOf(refused)]).toEqual([400, "header-invalid"]);
  });
});

async function codeOf(response: Response): Promise<string> {
  return Problem.parse(await response.json()).code;
}

type Asked = { readonly key?: string; readonly once?: string };

async function post(
  { services }: Pick<Memory, "services">,
  path: string,
  body: object,
  { key = ADMIN_KEY, once = "once-1" }: Asked = {},
): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": once };
  return await createApp(services).request(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** A process that dies releases nothing. */
function releasing(services: ApiServices, release: ApiServices["idempotency"]["release"]): ApiServices {
  const { idempotency } = services;
  return {
    ...services,
    idempotency: {
      load: async (id) => await idempotency.load(id),
      claim: async (id, claim, seen) => await idempotency.claim(id, claim, seen),
      answer: async (id, claimId, answer) => await idempotency.answer(id, claimId, answer),
      release,
    },
  };
}
