import { Hono } from "hono";
import { expect, test } from "vitest";

import { createHandler } from "../../lib/api/lambda-handler.ts";

const echo = new Hono().all("*", async (context) =>
  context.json({
    method: context.req.method,
    path: context.req.path,
    query: context.req.query(),
    host: context.req.header("host"),
    body: await context.req.text(),
  }),
);

test("an event of API Gateway becomes a request with method, path, query, headers and bytes", async () => {
  const answer = await createHandler(echo)({
    rawPath: "/v1/calendars/c1/runs/2026-05-06T01%3A00~a",
    rawQueryString: "limit=2&cursor=a%20b",
    headers: { host: "api.example.org", "content-type": "text/calendar", absent: undefined },
    body: Buffer.from("BEGIN:VCALENDAR 회의").toString("base64"),
    isBase64Encoded: true,
    requestContext: { domainName: "api.example.org", http: { method: "PUT" } },
  });
  expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: false, headers: { "content-type": "application/json" } });
  expect(JSON.parse(answer.body)).toEqual({
    method: "PUT",
    path: "/v1/calendars/c1/runs/2026-05-06T01%3A00~a",
    query: { limit: "2", cursor: "a b" },
    host: "api.example.org",
    body: "BEGIN:VCALENDAR 회의",
  });
});

test.each([
  ["/v1/calendars/c1/events/order/7", "order/7"],
  ["/v1/calendars/c1/events/order%2F7", "order/7"],
  ["/v1/calendars/c1/events/a b#c%d ü회 100%", "a b#c%d ü회 100%"],
  ["/v1/calendars/c1/events/../../x", "x"],
])("a path that API Gateway has decoded, or left as it came, names the same thing: %s", async (rawPath, uid) => {
  const app = new Hono().get("*", (context) => context.text(context.req.path));
  const named = new Hono()
    .get("/v1/calendars/:calendarId/events/:uid{.+}", (context) => context.text(context.req.param("uid")))
    .route("/", app);
  const answer = await createHandler(named)({
    rawPath,
    rawQueryString: "",
    headers: {},
    isBase64Encoded: false,
    requestContext: { domainName: "api.example.org", http: { method: "GET" } },
  });
  expect(answer.body.endsWith(uid)).toBe(true);
});

test("an event without a body is answered too", async () => {
  const answer = await createHandler(echo)({
    rawPath: "/v1/health",
    rawQueryString: "",
    headers: {},
    body: null,
    isBase64Encoded: false,
    requestContext: { domainName: "api.example.org", http: { method: "GET" } },
  });
  expect(JSON.parse(answer.body)).toMatchObject({ method: "GET", body: "" });
});

test("a method that no request can have is answered like any other unknown one", async () => {
  const event = {
    rawPath: "/v1/calendars",
    rawQueryString: "",
    headers: {},
    isBase64Encoded: false,
    requestContext: { domainName: "api.example.org", http: { method: "TRACE" } },
  };
  expect(JSON.parse((await createHandler(echo)(event)).body)).toMatchObject({ method: "UNSUPPORTED" });
});
