import { describe, expect, test } from "vitest";
import type { Hono } from "hono";

import { createApp } from "../../lib/api/app.ts";
import type { Letter } from "../../lib/contract/letter.ts";
import { ServiceUnavailable } from "../../lib/core/failure.ts";
import { hashSecret } from "../../lib/core/secret.ts";
import { calendarOf, checkpointOf } from "../aws/records.ts";
import { routeOf, wrongWith } from "./answers.ts";
import { ADMIN_KEY, createMemory, REVOKED_KEY } from "./memory-services.ts";
import type { Memory } from "./memory-services.ts";

const SECRET_URL = "https://calendar.example.org/private/k3y/basic.ics?token=s3cret";
const AUTHORIZED = { authorization: `Bearer ${ADMIN_KEY}` };

type Answer = { status: number; headers: Headers; text: string; body: Record<string, unknown> };

async function send(
  app: Hono,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = AUTHORIZED,
): Promise<Answer> {
  const payload = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const response = await app.request(path, { method, headers, ...payload });
  const text = await response.text();
  const route = method === "HEAD" ? undefined : routeOf(method, path.replace(/\?.*$/u, ""));
  expect(route === undefined ? "" : wrongWith(route, response.status, response.headers, text)).toBe("");
  return { status: response.status, headers: response.headers, text, body: text === "" ? {} : JSON.parse(text) };
}

function start(): Memory & { app: Hono } {
  const memory = createMemory();
  return { ...memory, app: createApp(memory.services) };
}

async function createPush(app: Hono): Promise<string> {
  const { body } = await send(app, "POST", "/v1/calendars", { name: "App", source: { kind: "push" } });
  return String(body["calendarId"]);
}

function ics(...uids: readonly string[]): string {
  const events = uids.map((uid) =>
    ["BEGIN:VEVENT", `UID:${uid}`, "DTSTAMP:20260501T000000Z", "DTSTART:20260601T090000Z", `SUMMARY:${uid}`, "END:VEVENT"].join(
      "\r\n",
    ),
  );
  return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//App//EN", ...events, "END:VCALENDAR", ""].join("\r\n");
}

describe("the key", () => {
  test("health answers without one", async () => {
    const { app } = start();
    expect(await send(app, "GET", "/v1/health", undefined, {})).toMatchObject({ status: 200, body: { status: "ok" } });
  });

  test.each([
    ["none at all", {}, "key-missing"],
    ["an unknown one", { authorization: "Bearer nobody" }, "key-invalid"],
    ["a revoked one", { authorization: `Bearer ${REVOKED_KEY}` }, "key-invalid"],
    ["a hash of the right one", { authorization: "Bearer " }, "key-invalid"],
    ["another scheme", { authorization: `Basic ${ADMIN_KEY}` }, "key-invalid"],
  ])("%s is refused with 401 and nothing is written", async (_title, headers, code) => {
    const { app, calendars } = start();
    const answer = await send(app, "POST", "/v1/calendars", { source: { kind: "push" } }, headers);
    expect(answer).toMatchObject({ status: 401, body: { code } });
    expect(answer.headers.get("www-authenticate")).toContain("Bearer");
    expect(answer.text).not.toContain("nobody");
    expect(calendars.size).toBe(0);
  });
});

describe("calendars", () => {
  test("a url calendar is registered, imported at once, and its url never shown again", async () => {
    const { app, sent, calendars } = start();
    const created = await send(app, "POST", "/v1/calendars", { name: "팀", source: { kind: "url", url: SECRET_URL } });
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toBe(`/v1/calendars/${String(created.body["calendarId"])}`);
    expect(created.body).toMatchObject({ name: "팀", intervalMinutes: 60, source: { url: "https://calendar.example.org/..." } });
    expect(sent).toMatchObject([{ kind: "import", reason: "created" }]);
    expect([...calendars.values()][0]?.source).toEqual({ kind: "url", url: SECRET_URL });
    const read = await send(app, "GET", created.headers.get("location") ?? "");
    expect(read.status).toBe(200);
    expect(created.text + read.text).not.toMatch(/s3cret|k3y/u);
  });

  test("a listing goes page by page through one owner's calendars", async () => {
    const { app } = start();
    for (const name of ["a", "b", "c"]) await send(app, "POST", "/v1/calendars", { name, source: { kind: "push" } });
    await send(app, "POST", "/v1/calendars", { name: "x", ownerId: "other", source: { kind: "push" } });
    const first = await send(app, "GET", "/v1/calendars?limit=2");
    const second = await send(app, "GET", `/v1/calendars?limit=2&cursor=${String(first.body["cursor"])}`);
    expect(first.body["items"]).toHaveLength(2);
    expect(second.body).toMatchObject({ items: [{ name: "c" }] });
    expect(second.body).not.toHaveProperty("cursor");
  });

  test("sync now answers 202 with a run to follow", async () => {
    const { app, sent } = start();
    const created = await send(app, "POST", "/v1/calendars", { source: { kind: "url", url: SECRET_URL }, firstImport: "turn" });
    expect(sent).toEqual([]);
    const run = await send(app, "POST", `/v1/calendars/${String(created.body["calendarId"])}/sync`);
    expect(run).toMatchObject({ status: 202, body: { status: "queued", reason: "sync-now" } });
    expect(sent).toMatchObject([{ reason: "sync-now", taskId: run.body["runId"] }]);
    const followed = await send(app, "GET", run.headers.get("location") ?? "");
    expect(followed).toMatchObject({ status: 200, body: { runId: run.body["runId"] } });
    const runs = await send(app, "GET", `/v1/calendars/${String(created.body["calendarId"])}/runs`);
    expect(runs.body["items"]).toHaveLength(1);
  });

  test("a removed calendar is gone and its feeds are built again without it", async () => {
    const { app, sent } = start();
    const calendarId = await createPush(app);
    const feed = await send(app, "POST", "/v1/feeds", { name: "F", members: [{ calendarId }] });
    sent.length = 0;
    const removed = await send(app, "DELETE", `/v1/calendars/${calendarId}`);
    expect(removed).toMatchObject({ status: 200, body: { state: "removed", feeds: [feed.body["feedId"]] } });
    expect(sent).toMatchObject([{ kind: "export", feedId: feed.body["feedId"], reason: "changed" }]);
    expect(await send(app, "GET", `/v1/calendars/${calendarId}`)).toMatchObject({
      status: 404,
      body: { code: "calendar-unknown" },
    });
    expect((await send(app, "GET", `/v1/feeds/${String(feed.body["feedId"])}`)).body["members"]).toEqual([]);
  });

  test.each([
    ["GET", "/v1/calendars/nope", "calendar-unknown"],
    ["DELETE", "/v1/calendars/nope", "calendar-unknown"],
    ["POST", "/v1/calendars/nope/sync", "calendar-unknown"],
    ["GET", "/v1/calendars/nope/runs", "calendar-unknown"],
    ["GET", "/v1/calendars/nope/runs/r1", "run-unknown"],
    ["GET", "/v1/feeds/nope", "feed-unknown"],
    ["POST", "/v1/letters/nope/replay", "letter-unknown"],
    ["GET", "/v1/nothing", "route-unknown"],
    ["GET", "/elsewhere", "route-unknown"],
  ])("%s %s answers 404 with %s and the next step", async (method, path, code) => {
    const { app } = start();
    const answer = await send(app, method, path);
    expect(answer).toMatchObject({ status: 404, body: { status: 404, code, type: `urn:calferry:problem:${code}` } });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(String(answer.body["detail"])).toContain("wanted");
    expect(String(answer.body["next"])).not.toBe("");
  });
});

test("a method that a path lacks answers 405 and names those that it has", async () => {
  const { app } = start();
  const answer = await send(app, "PATCH", "/v1/calendars");
  expect(answer).toMatchObject({ status: 405, body: { code: "method-unknown" } });
  expect(answer.headers.get("allow")).toBe("POST, GET, HEAD, OPTIONS");
  const asked = await send(app, "OPTIONS", "/v1/calendars");
  expect([asked.status, asked.headers.get("allow")]).toEqual([204, "POST, GET, HEAD, OPTIONS"]);
  expect((await send(app, "HEAD", "/v1/calendars")).status).toBe(200);
});

test("a query parameter that a route does not have is refused", async () => {
  const { app } = start();
  expect(await send(app, "GET", "/v1/calendars/c1?verbose=1")).toMatchObject({ status: 400, body: { code: "query-invalid" } });
  expect(await send(app, "GET", "/v1/calendars?limit=1&limit=2")).toMatchObject({ status: 400, body: { code: "query-invalid" } });
});

describe("bodies that are refused", () => {
  test.each([
    ["no JSON", "{nope", "body-invalid", /not JSON/u],
    ["a list", [], "body-invalid", /the body is a list of 0, wanted object/u],
    ["no source", {}, "body-invalid", /source is missing, wanted object/u],
    ["an unknown source", { source: { kind: "ftp" } }, "body-invalid", /source\.kind is "ftp", wanted one of url, push/u],
    ["a field of no meaning", { source: { kind: "push" }, colour: 1 }, "body-invalid", /"colour", wanted no field of that name/u],
    ["an empty name", { source: { kind: "push" }, name: "" }, "body-invalid", /name is "", wanted .*at least 1/u],
    ["an odd interval", { source: { kind: "push" }, intervalMinutes: 7 }, "interval-invalid", /is 7, wanted one of 5, 10, 15/u],
    ["a file URL", { source: { kind: "url", url: "file:///etc/passwd" } }, "url-invalid", /file:, wanted https:/u],
    ["no URL", { source: { kind: "url", url: "k3y" } }, "url-invalid", /no URL/u],
    ["a URL in the wrong place", { source: SECRET_URL }, "body-invalid", /source is "https:\/\/calendar.example.org\/\.\.\."/u],
  ])("%s", async (_title, body, code, detail) => {
    const { app, calendars, sent } = start();
    const answer = await send(app, "POST", "/v1/calendars", body);
    expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(answer.body["detail"]).toMatch(detail);
    expect(answer.text).not.toMatch(/s3cret|k3y|passwd/u);
    expect([calendars.size, sent.length]).toEqual([0, 0]);
  });

  test("value seen and value wanted stand apart for programs", async () => {
    const { app } = start();
    const { body } = await send(app, "GET", "/v1/calendars?limit=1000");
    expect(body).toMatchObject({
      status: 400,
      code: "query-invalid",
      seen: '"1000"',
      wanted: "a whole number from 1 to 200, in digits",
    });
  });

  test("a body over 6 MB is refused whole", async () => {
    const { app } = start();
    const calendarId = await createPush(app);
    const answer = await send(app, "PUT", `/v1/calendars/${calendarId}/events`, "x".repeat(6 * 1024 * 1024 + 1));
    expect(answer).toMatchObject({ status: 413, body: { code: "body-too-large" } });
  });
});

describe("events of a push calendar", () => {
  test("a whole calendar is put, its counts answered", async () => {
    const { app, checkpoints } = start();
    const calendarId = await createPush(app);
    const put = await send(app, "PUT", `/v1/calendars/${calendarId}/events`, ics("a", "b", "c", "d"));
    expect(put).toMatchObject({ status: 200, body: { created: 4, updated: 0, deleted: 0, calendarVersion: 1 } });
    expect(checkpoints.get(calendarId)).toMatchObject({ calendarVersion: 1, eventCount: 4 });
  });

  test("a body that removes more than half needs replace=all", async () => {
    const { app, checkpoints } = start();
    const calendarId = await createPush(app);
    const path = `/v1/calendars/${calendarId}/events`;
    await send(app, "PUT", path, ics("a", "b", "c", "d"));
    expect(await send(app, "PUT", path, ics("a"))).toMatchObject({ status: 409, body: { code: "removal-refused" } });
    expect(checkpoints.get(calendarId)?.eventCount).toBe(4);
    expect(await send(app, "PUT", `${path}?replace=yes`, ics("a"))).toMatchObject({
      status: 400,
      body: { code: "query-invalid" },
    });
    expect(await send(app, "PUT", `${path}?replace=all`, ics("a"))).toMatchObject({ status: 200, body: { deleted: 3 } });
  });

  test("a body that is no iCalendar changes nothing", async () => {
    const { app, checkpoints } = start();
    const calendarId = await createPush(app);
    const answer = await send(app, "PUT", `/v1/calendars/${calendarId}/events`, "<html>login</html>");
    expect(answer).toMatchObject({ status: 400, body: { code: "body-invalid" } });
    expect(checkpoints.get(calendarId)?.calendarVersion).toBe(0);
  });

  test("a url calendar takes no events", async () => {
    const { app } = start();
    const { body } = await send(app, "POST", "/v1/calendars", { source: { kind: "url", url: SECRET_URL } });
    const answer = await send(app, "PUT", `/v1/calendars/${String(body["calendarId"])}/events`, ics("a"));
    expect(answer).toMatchObject({ status: 409, body: { code: "source-kind-wrong" } });
  });
});

describe("feeds", () => {
  test("the link is shown once, at the host that was asked", async () => {
    const { app, links } = start();
    const calendarId = await createPush(app);
    const headers = { ...AUTHORIZED, host: "abc.execute-api.eu-west-1.amazonaws.com", "x-forwarded-proto": "https" };
    const created = await send(app, "POST", "/v1/feeds", { name: "All", members: [{ calendarId, mask: "busy" }] }, headers);
    expect(created.status).toBe(201);
    const { url, webcalUrl } = Object(created.body["link"]);
    expect(url).toMatch(/^https:\/\/abc\.execute-api\.eu-west-1\.amazonaws\.com\/f\/id\d+\.[\w-]{32}\.ics$/u);
    expect(webcalUrl).toBe(url.replace("https:", "webcal:"));
    const secret = url.split(".").at(-2);
    const read = await send(app, "GET", created.headers.get("location") ?? "");
    expect(read.body).toMatchObject({ members: [{ calendarId, mask: "busy" }], links: [{ label: "first", state: "active" }] });
    const listed = await send(app, "GET", "/v1/feeds");
    expect(listed.body["items"]).toHaveLength(1);
    expect(read.text + listed.text + JSON.stringify(links)).not.toContain(secret);
  });

  test("a member that nobody registered is refused and nothing is written", async () => {
    const { app, feeds, links } = start();
    const answer = await send(app, "POST", "/v1/feeds", { name: "All", members: [{ calendarId: "nope" }] });
    expect(answer).toMatchObject({ status: 404, body: { code: "calendar-unknown" } });
    expect([feeds.size, links.length]).toEqual([0, 0]);
  });
});

describe("dead letters", () => {
  const letter: Letter = {
    version: 1,
    revision: 1,
    letterId: "import-c1",
    kind: "import",
    calendarId: "c1",
    fingerprint: "import|source-not-found|h",
    code: "source-not-found",
    reason: "feed https://h/... answered 404, expected 200 or 304; check the calendar's url",
    queue: "import-dlq",
    body: JSON.stringify({ version: 1, kind: "import", taskId: "c1@9", calendarId: "c1", turn: 9, startAt: "", reason: "tick" }),
    attempts: 5,
    messageIds: ["m1"],
    count: 1,
    firstAt: "2026-05-06T00:00:00.000Z",
    lastAt: "2026-05-06T00:00:00.000Z",
    state: "open",
    history: [],
  };

  /** With the letter's calendar, registered and asked at its host. */
  function startWithCalendar(): ReturnType<typeof start> {
    const started = start();
    started.calendars.set("c1", calendarOf("c1"));
    started.checkpoints.set("c1", checkpointOf("c1", { host: "h.example.org" }));
    return started;
  }

  test("an open letter is listed and sent again on the urgent lane", async () => {
    const { app, letters, sent } = startWithCalendar();
    letters.set(letter.letterId, letter);
    expect((await send(app, "GET", "/v1/letters")).body["items"]).toMatchObject([{ letterId: "import-c1" }]);
    const replayed = await send(app, "POST", "/v1/letters/import-c1/replay");
    expect(replayed).toMatchObject({ status: 202, body: { state: "replaying" } });
    expect(sent).toMatchObject([{ reason: "replay", replayOf: "import-c1", taskId: replayed.body["taskId"] }]);
    expect((await send(app, "GET", "/v1/letters?state=replaying")).body["items"]).toHaveLength(1);
  });

  test("a letter whose task is on its way is not sent a second time", async () => {
    const { app, letters, sent } = startWithCalendar();
    letters.set(letter.letterId, letter);
    await send(app, "POST", "/v1/letters/import-c1/replay");
    const again = await send(app, "POST", "/v1/letters/import-c1/replay");
    expect(again).toMatchObject({ status: 409, body: { code: "letter-replaying" } });
    expect(sent).toHaveLength(1);
  });

  test("letters of a paused or removed calendar stay as they are", async () => {
    const { app, letters, calendars, sent } = startWithCalendar();
    letters.set(letter.letterId, letter);
    calendars.set("c1", calendarOf("c1", { state: "paused" }));
    const paused = await send(app, "POST", "/v1/letters/import-c1/replay");
    expect(paused).toMatchObject({ status: 409, body: { code: "calendar-paused" } });
    calendars.delete("c1");
    expect(await send(app, "POST", "/v1/letters/import-c1/replay")).toMatchObject({ body: { code: "calendar-unknown" } });
    expect([letters.get(letter.letterId), sent]).toEqual([letter, []]);
  });

  test("letters are filtered by host, code, owner, kind and age", async () => {
    const { app, letters } = start();
    letters.set("a", { ...letter, letterId: "a", ownerId: "ann" });
    letters.set("b", { ...letter, letterId: "b", host: "other.example.org", kind: "export", code: "feed-too-large" });
    const listed = async (query: string): Promise<unknown[]> => {
      const { items } = (await send(app, "GET", `/v1/letters?${query}`)).body;
      return Array.isArray(items) ? items.map(({ letterId }) => letterId) : [];
    };
    expect(await listed("owner=ann")).toEqual(["a"]);
    expect(await listed("host=other.example.org")).toEqual(["b"]);
    expect(await listed("kind=export&code=feed-too-large")).toEqual(["b"]);
    expect(await listed("age=1m")).toEqual(["a", "b"]);
    expect(await listed("age=30d")).toEqual([]);
    expect(await send(app, "GET", "/v1/letters?age=soon")).toMatchObject({ status: 400, body: { code: "query-invalid" } });
  });

  test("a letter is shown without the message as it was sent, which may hold anything when nobody can read it", async () => {
    const { app, letters } = start();
    letters.set("odd", { ...letter, letterId: "odd", kind: "unreadable", body: "https://h.example.org/s3cret.ics" });
    letters.set(letter.letterId, letter);
    const odd = await send(app, "GET", "/v1/letters/odd");
    expect(odd.text).not.toContain("s3cret");
    expect(odd.body).toMatchObject({ letterId: "odd", bodyBytes: 32 });
    expect((await send(app, "GET", "/v1/letters/import-c1")).body).toMatchObject({ task: { kind: "import", calendarId: "c1" } });
    expect(await send(app, "GET", "/v1/letters/nope")).toMatchObject({ status: 404, body: { code: "letter-unknown" } });
  });

  test("a letter is acknowledged and discarded with who and why; a closed one is not", async () => {
    const { app, letters } = start();
    letters.set(letter.letterId, letter);
    await send(app, "POST", "/v1/letters/import-c1/ack", { why: "asked the host" });
    expect(await send(app, "POST", "/v1/letters/import-c1/discard", {})).toMatchObject({ body: { code: "body-invalid" } });
    await send(app, "POST", "/v1/letters/import-c1/discard", { why: "host gone" });
    expect(letters.get("import-c1")).toMatchObject({
      state: "discarded",
      history: [
        { state: "acknowledged", who: `key ${hashSecret(ADMIN_KEY).slice(0, 16)}`, why: "asked the host" },
        { state: "discarded", why: "host gone" },
      ],
    });
    const late = await send(app, "POST", "/v1/letters/import-c1/ack", {});
    expect(late).toMatchObject({ status: 409, body: { code: "letter-closed" } });
    expect(await send(app, "POST", "/v1/letters/nope/ack", {})).toMatchObject({ status: 404 });
  });

  test("a closed letter and one that cannot be read are not sent", async () => {
    const { app, letters, sent } = start();
    letters.set("closed", { ...letter, letterId: "closed", state: "resolved" });
    letters.set("odd", { ...letter, letterId: "odd", body: "??" });
    expect(await send(app, "POST", "/v1/letters/closed/replay")).toMatchObject({ status: 409, body: { code: "letter-closed" } });
    expect(await send(app, "POST", "/v1/letters/odd/replay")).toMatchObject({ status: 409, body: { code: "letter-unreadable" } });
    expect(sent).toEqual([]);
  });
});

describe("faults", () => {
  test("an unexpected error is reported to the shell and hidden from the caller", async () => {
    const memory = createMemory();
    const calendars = { ...memory.services.calendars, load: () => Promise.reject(new Error(`broke at ${SECRET_URL}`)) };
    const answer = await send(createApp({ ...memory.services, calendars }), "GET", "/v1/calendars/c1");
    expect(answer).toMatchObject({ status: 500, body: { code: "internal-error" } });
    expect(answer.text).not.toMatch(/broke|s3cret|at /u);
    expect(memory.faults).toHaveLength(1);
  });

  test("a table that does not answer is 503 with Retry-After", async () => {
    const memory = createMemory();
    const calendars = { ...memory.services.calendars, load: () => Promise.reject(new ServiceUnavailable("table")) };
    const answer = await send(createApp({ ...memory.services, calendars }), "GET", "/v1/calendars/c1");
    expect(answer).toMatchObject({ status: 503, body: { code: "aws-unavailable" } });
    expect(answer.headers.get("retry-after")).not.toBeNull();
  });
});
