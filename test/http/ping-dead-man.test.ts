import { afterEach, expect, test } from "vitest";

import { pingDeadMan } from "../../lib/http/ping-dead-man.ts";
import { startSource } from "./source-server.ts";
import type { SourceServer } from "./source-server.ts";

const servers: SourceServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(async (server) => server.stop()));
});

test("a tick that did its work asks the dead-man switch, once", async () => {
  const server = await startSource((_request, response) => void response.end("ok"));
  servers.push(server);
  expect(await pingDeadMan(`${server.url}/ping/secret`)).toBeUndefined();
  expect(server.requests.map(({ method, url }) => [method, url])).toEqual([["GET", "/ping/secret"]]);
});

test("no switch is asked where none is configured", async () => {
  expect(await pingDeadMan("")).toBeUndefined();
});

test.each(["/404", "/redirect", "/cut"])("a switch that fails with %s is named by its host alone", async (path) => {
  const server = await startSource((request, response) => {
    if (request.url?.startsWith("/cut")) response.destroy();
    else if (request.url?.startsWith("/redirect")) response.writeHead(302, { location: "/404" }).end();
    else response.writeHead(404).end();
  });
  servers.push(server);
  const reason = await pingDeadMan(`${server.url}${path}?secret`);
  expect(reason).toContain(`127.0.0.1:${server.port}`);
  expect(reason).toContain("check deadManUrl");
  expect(reason).not.toContain("secret");
});
