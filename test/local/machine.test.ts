import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { join } from "node:path";

import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { PublishCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { MachineFile } from "../../lib/contract/machine.ts";
import { start } from "../../lib/local/machine.ts";
import type { Machine } from "../../lib/local/machine.ts";
import { temporaryFolder, writeAssembly } from "./assembly.ts";
import { clientsOf, send, take } from "./clients.ts";
import type { Clients } from "./clients.ts";

const folder = temporaryFolder();
const printed: string[] = [];
let machine: Machine;
let clients: Clients;

async function startMachine(): Promise<void> {
  machine = await start({
    dir: join(folder.path, "state"),
    port: 0,
    ticks: "manual",
    assembly: writeAssembly(folder.path),
    print: (line) => printed.push(line),
  });
  clients = clientsOf(machine);
}

/** What the worker said of a message with this body. */
async function seen(body: string): Promise<{ record: Record<string, unknown>; arn: string; left: number }> {
  return take(clients.sqs, machine.outputs["SeenUrl"], (text) => {
    const said = JSON.parse(text);
    return said.record?.body === body ? said : undefined;
  });
}

async function depth(output: string): Promise<number> {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
  const command = new GetQueueAttributesCommand({ QueueUrl: machine.outputs[output], AttributeNames: [...names] });
  const { Attributes: attributes = {} } = await clients.sqs.send(command);
  return names.reduce((sum, name) => sum + Number(attributes[name]), 0);
}

async function deadLetters(count: number): Promise<readonly string[]> {
  const found: string[] = [];
  while (found.length < count) found.push(await take(clients.sqs, machine.outputs["ImportDlqUrl"], (body) => body));
  return found.toSorted();
}

beforeAll(startMachine);
afterAll(async () => {
  await machine.stop();
  folder.remove();
});

describe("HTTP routes", () => {
  test("a request reaches its function as payload 2.0 and the answer comes back byte for byte", async () => {
    const response = await fetch(`${machine.url}/f/abc%20d?x=1&x=2`, { headers: { "X-One": "1" } });
    const event = JSON.parse(await response.text());
    expect(response.status).toBe(201);
    expect(response.headers.get("etag")).toBe('"1"');
    expect(event).toMatchObject({
      version: "2.0",
      routeKey: "GET /f/{token}",
      pathParameters: { token: "abc d" },
      queryStringParameters: { x: "1,2" },
      rawQueryString: "x=1&x=2",
      headers: { "x-one": "1" },
      requestContext: { http: { method: "GET" } },
    });
  });

  test("a path arrives decoded and cut at a question mark, as API Gateway's HTTP API gives it", async () => {
    const pathOf = async (path: string): Promise<unknown> =>
      JSON.parse(await (await fetch(`${machine.url}${path}`)).text()).rawPath;
    expect(await pathOf("/v1/calendars/c1/events/order%2F7%20%C3%BC")).toBe("/v1/calendars/c1/events/order/7 ü");
    expect(await pathOf("/v1/calendars/c1/events/a%3Fb")).toBe("/v1/calendars/c1/events/a");
  });

  test("a body that is not text travels as base64", async () => {
    const bytes = Buffer.from([0, 255, 10, 128]);
    const response = await fetch(`${machine.url}/v1/any/thing`, { method: "PUT", body: bytes });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  });

  test("an answer over Lambda's 6 MB is an error", async () => {
    expect((await fetch(`${machine.url}/v1/big`)).status).toBe(500);
  });

  test("a path or method without a route is not found", async () => {
    expect((await fetch(`${machine.url}/f/a/b`)).status).toBe(404);
    expect((await fetch(`${machine.url}/f/a`, { method: "POST" })).status).toBe(404);
  });

  test("a name that someone else pointed at loopback is turned away", async () => {
    const { port } = new URL(machine.url);
    const status = await new Promise((resolve, reject) => {
      const request = get({ port, host: "127.0.0.1", path: "/", headers: { host: "evil.example" } });
      request.on("response", (response) => resolve(response.statusCode)).on("error", reject);
    });
    expect(status).toBe(421);
  });
});

describe("queues", () => {
  test("a message arrives as an SQS record of AWS, with the deadline of its function", async () => {
    await send(clients.sqs, machine.outputs["ImportQueueUrl"], "hello 안녕");
    const { record, arn, left } = await seen("hello 안녕");
    expect(record).toMatchObject({
      eventSource: "aws:sqs",
      awsRegion: "us-east-1",
      attributes: { ApproximateReceiveCount: "1", SentTimestamp: expect.stringMatching(/^\d{13}$/u) },
      messageAttributes: {},
      md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/u),
    });
    expect(String(record["eventSourceARN"])).toMatch(/^arn:aws:sqs:us-east-1:000000000000:/u);
    expect(arn).toBe(machine.outputs["WorkerArn"]);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(1000);
    await expect.poll(async () => depth("ImportQueueUrl"), { timeout: 5000 }).toBe(0);
  });

  test("only what the function names comes back; all do after an error, an unknown id, an exit or the timeout", async () => {
    const url = machine.outputs["ImportQueueUrl"];
    await Promise.all(["fail", "good"].map(async (body) => send(clients.sqs, url, body)));
    expect(await seen("fail")).toHaveProperty("record.attributes.ApproximateReceiveCount", "1");
    const bodies = ["throw", "strange", "exit", "hang"];
    for (const body of bodies) {
      await send(clients.sqs, url, body);
      expect(await seen(body)).toBeDefined();
    }
    expect(await deadLetters(1 + bodies.length)).toEqual(["fail", ...bodies].toSorted());
  });

  test("after all that the function still works", async () => {
    await send(clients.sqs, machine.outputs["ImportQueueUrl"], "alive");
    expect(await seen("alive")).toBeDefined();
    expect(printed.join("\n")).toContain("Task timed out after 1 seconds");
    expect(printed.join("\n")).toContain("WARN odd source-dns");
  });

  test("a switched-off event source keeps its messages, also over a restart, until it is switched on", async () => {
    const { EventSourceMappings: mappings = [] } = await clients.lambda.send(new ListEventSourceMappingsCommand({}));
    expect(mappings).toHaveLength(1);
    const [{ UUID: uuid } = {}] = mappings;
    const off = await clients.lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, Enabled: false }));
    expect(off.State).toBe("Disabled");
    await send(clients.sqs, machine.outputs["ImportQueueUrl"], "patient");
    await machine.stop();
    await startMachine();
    expect(await depth("ImportQueueUrl")).toBe(1);
    const on = await clients.lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, Enabled: true }));
    expect(on.State).toBe("Enabled");
    expect(await seen("patient")).toBeDefined();
  });
});

describe("the rest", () => {
  test("an object is found again by its key", async () => {
    const place = { Bucket: machine.outputs["BucketName"], Key: "a/b" };
    await clients.s3.send(new PutObjectCommand({ ...place, Body: "bytes" }));
    const { Body: body } = await clients.s3.send(new GetObjectCommand(place));
    expect(await body?.transformToString()).toBe("bytes");
  });

  test("mail is printed and an HTTP subscriber gets the notification", async () => {
    const received: { body: string; type: unknown }[] = [];
    let answers = 0;
    const subscriber = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        answers += 1;
        received.push({ body: Buffer.concat(chunks).toString(), type: request.headers["x-amz-sns-message-type"] });
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => {
      subscriber.listen(0, "127.0.0.1", resolve);
    });
    const address = subscriber.address();
    const endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/secret`;
    const topic = machine.outputs["ChangesTopicArn"];
    await clients.sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: "http", Endpoint: endpoint }));
    await clients.sns.send(new PublishCommand({ TopicArn: topic, Subject: "news", Message: "한국어 🚢" }));
    await expect.poll(() => answers, { timeout: 5000 }).toBe(1);
    expect(JSON.parse(received[0]?.body ?? "{}")).toMatchObject({
      Type: "Notification",
      TopicArn: topic,
      Subject: "news",
      Message: "한국어 🚢",
    });
    expect(received[0]?.type).toBe("Notification");
    // A second subscription of the same app, to what it filters for and without the envelope.
    const wanted = { FilterPolicy: JSON.stringify({ kind: ["import.failed"] }), RawMessageDelivery: "true" };
    await clients.sns.send(
      new SubscribeCommand({ TopicArn: topic, Protocol: "http", Endpoint: `${endpoint}/filtered`, Attributes: wanted }),
    );
    for (const kind of ["feed.published", "import.failed"]) {
      const MessageAttributes = { kind: { DataType: "String", StringValue: kind } };
      await clients.sns.send(new PublishCommand({ TopicArn: topic, Message: `{"kind":"${kind}"}`, MessageAttributes }));
    }
    await expect.poll(() => answers, { timeout: 5000 }).toBe(4);
    expect(received.map(({ body }) => body).filter((body) => !body.includes("Notification"))).toEqual([
      '{"kind":"import.failed"}',
    ]);
    expect(printed.join("\n")).toContain("mail to ops@example.com: news");
    subscriber.close();
  });

  test("a manual tick calls the schedule's function once", async () => {
    await machine.tick();
    const said = await take(clients.sqs, machine.outputs["SeenUrl"], (text) =>
      text.includes("tick") ? JSON.parse(text) : undefined,
    );
    expect(said).toEqual({ event: { tick: true } });
  });

  test("machine.json is for its owner alone, fits its contract, and its key is in the table", async () => {
    const file = MachineFile.parse(JSON.parse(readFileSync(join(folder.path, "state", "machine.json"), "utf8")));
    expect(file.outputs.ApiUrl).toBe(`${machine.url}/`);
    expect(file.adminKey).toBe(machine.adminKey);
    const hash = createHash("sha256").update(file.adminKey).digest("hex");
    const key = { pk: { S: `KEY#${hash}` }, sk: { S: "META" } };
    const { Item: item } = await clients.dynamodb.send(new GetItemCommand({ TableName: machine.outputs["TableName"], Key: key }));
    expect(item).toMatchObject({ keyHash: { S: hash }, state: { S: "active" }, scope: { S: "admin" } });
  });

  test("a second machine in the folder and a busy port are refused in one line with the next step", async () => {
    const assembly = join(folder.path, "assembly");
    const state = join(folder.path, "state");
    await expect(start({ dir: state, port: 0, assembly })).rejects.toMatchObject({ code: "port-busy" });
    const port = Number(new URL(machine.url).port);
    const other = join(folder.path, "other");
    await expect(start({ dir: other, port, assembly })).rejects.toThrow(/use --port \d+/u);
    expect(existsSync(join(other, "state.json"))).toBe(false);
  });

  test("what the template declares and the machine cannot honour stops it by name", async () => {
    const changes = { Fifo: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true } } };
    const other = temporaryFolder();
    const starting = start({ dir: join(other.path, "state"), port: 0, assembly: writeAssembly(other.path, changes) });
    await expect(starting).rejects.toThrow("the property FifoQueue of Fifo (AWS::SQS::Queue)");
    await expect(starting).rejects.toMatchObject({ code: "template-unsupported" });
    other.remove();
  });
});
