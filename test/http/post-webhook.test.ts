import { afterEach, expect, test } from "vitest";

import { postWebhook } from "../../lib/http/post-webhook.ts";
import { letterOf } from "../aws/records.ts";
import { startSource } from "./source-server.ts";
import type { SourceServer } from "./source-server.ts";

const servers: SourceServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(async (server) => server.stop()));
});

test("a webhook gets the alert as Slack takes it", async () => {
  const bodies: string[] = [];
  const server = await startSource((request, response) => {
    request.on("data", (chunk) => bodies.push(String(chunk)));
    request.on("end", () => response.end("ok"));
  });
  servers.push(server);
  await postWebhook(`${server.url}/hooks/T0/secret`, letterOf("import-one"));
  const { text } = JSON.parse(bodies.join(""));
  expect(text).toContain("source-not-found");
  expect(text).toContain("calferry dlq replay import-one");
});

test.each(["/404", "/redirect", "/cut"])("a webhook that fails with %s is an error that names its host alone", async (path) => {
  const server = await startSource((request, response) => {
    if (request.url?.startsWith("/cut")) response.destroy();
    else if (request.url?.startsWith("/redirect")) response.writeHead(302, { location: "/404" }).end();
    else response.writeHead(404).end();
  });
  servers.push(server);
  const error = await postWebhook(`${server.url}${path}?secret`, letterOf("import-one")).catch((caught: unknown) => caught);
  expect(String(error)).toContain(`127.0.0.1:${server.port}`);
  expect(String(error)).not.toContain("secret");
  expect(error).not.toHaveProperty("cause");
});
