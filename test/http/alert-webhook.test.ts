import { afterEach, expect, test } from "vitest";

import { alertWebhooks } from "../../lib/http/alert-webhook.ts";
import { startSource } from "./source-server.ts";
import type { SourceServer } from "./source-server.ts";

const servers: SourceServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(async (server) => server.stop()));
});

const MESSAGE = { code: "not-icalendar", subject: "Calferry: not-icalendar at h", text: "it began with <!channel> & more" };

async function tell(webhook: string): Promise<void> {
  const [channel] = alertWebhooks(webhook);
  await channel?.tell(MESSAGE);
}

test("a webhook gets the alert as Slack takes it, and what a source wrote in it calls nobody", async () => {
  const bodies: string[] = [];
  const server = await startSource((request, response) => {
    request.on("data", (chunk) => bodies.push(String(chunk)));
    request.on("end", () => response.end("ok"));
  });
  servers.push(server);
  await tell(`${server.url}/hooks/T0/secret`);
  expect(JSON.parse(bodies.join(""))).toEqual({
    text: "*Calferry: not-icalendar at h*\nit began with &lt;!channel&gt; &amp; more",
  });
});

test("no webhook is no channel", () => {
  expect(alertWebhooks("")).toEqual([]);
});

test("a webhook that is no url is refused without its text", async () => {
  await expect(tell("hooks/T0/secret")).rejects.toThrow("no url (15 characters)");
});

test.each(["/404", "/redirect", "/cut"])("a webhook that fails with %s is an error that names its host alone", async (path) => {
  const server = await startSource((request, response) => {
    if (request.url?.startsWith("/cut")) response.destroy();
    else if (request.url?.startsWith("/redirect")) response.writeHead(302, { location: "/404" }).end();
    else response.writeHead(404).end();
  });
  servers.push(server);
  const error = await tell(`${server.url}${path}?secret`).catch((caught: unknown) => caught);
  expect(String(error)).toContain(`127.0.0.1:${server.port}`);
  expect(String(error)).not.toContain("secret");
  expect(error).not.toHaveProperty("cause");
});
