/** The program as people run it, against real engines and without a machine. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { createApiAdapters } from "../../lib/aws/api-adapters.ts";
import { randomBytes, randomId } from "../../lib/aws/random-id.ts";
import { findMachine } from "../../lib/cli/find-outputs.ts";
import type { MachineFile } from "../../lib/contract/machine.ts";
import { startMessages, startTable } from "../aws/engines.ts";
import type { MessageEngine, TableEngine } from "../aws/engines.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/calferry.ts", import.meta.url));
const SECRET_URL = "https://calendar.example.org/k3y/basic.ics?token=s3cret";

type Ran = { out: string; errors: string; status: number };

let folder = "";
let table: TableEngine;
let messages: MessageEngine;
let machine: MachineFile;

async function calferry(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const environment = { PATH: process.env["PATH"] ?? "", CALFERRY_DIR: folder, ...env };
  return await new Promise((done) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], { env: environment }, (_error, out, errors) =>
      done({ out, errors, status: child.exitCode ?? -1 }),
    );
  });
}

async function answerOf(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { out, errors } = await calferry([...args, "--local", "--json"]);
  expect(errors).toBe("");
  return JSON.parse(out);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "calferry-terminal-"));
  [table, messages] = await Promise.all([startTable(), startMessages()]);
  await messages.createBucket("objects");
  const topic = await messages.createTopic("changes");
  // The engine names its own host by a prefix that no address can have.
  const queue = async (name: string): Promise<string> =>
    (await messages.createQueue(name)).replace(/^http:\/\/[^/]+/u, messages.settings.endpoint);
  machine = {
    url: "http://127.0.0.1:4680",
    adminKey: "not used",
    pid: process.pid,
    env: {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_DYNAMODB: table.settings.endpoint,
      AWS_ENDPOINT_URL_SQS: messages.settings.endpoint,
      AWS_ENDPOINT_URL_S3: messages.settings.endpoint,
      AWS_ENDPOINT_URL_SNS: messages.settings.endpoint,
    },
    outputs: {
      TableName: "records",
      BucketName: "objects",
      ImportQueueUrl: await queue("import"),
      UrgentQueueUrl: await queue("urgent"),
      ExportQueueUrl: await queue("export"),
      DownloadQueueUrl: await queue("download"),
      ImportDlqUrl: await queue("import-dlq"),
      UrgentDlqUrl: await queue("urgent-dlq"),
      ExportDlqUrl: await queue("export-dlq"),
      DownloadDlqUrl: await queue("download-dlq"),
      LostEventsDlqUrl: await queue("lost-events"),
      ChangesTopicArn: topic.arn,
      ApiUrl: "http://127.0.0.1:4680/",
    },
  };
  await writeFile(join(folder, "machine.json"), JSON.stringify(machine));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([table.stop(), messages.stop()]);
  await rm(folder, { recursive: true });
});

describe("on the machine of this folder", () => {
  test("a calendar is added and published, its key opens the API, and the API shows the same", async () => {
    const calendar = await answerOf("calendar", "add", SECRET_URL, "--name", "회의");
    const id = String(calendar["calendarId"]);
    const urgent = await messages.receiveAll(machine.outputs.UrgentQueueUrl);
    expect(urgent.map(({ Body }) => JSON.parse(Body ?? ""))).toMatchObject([
      { kind: "import", calendarId: id, reason: "created" },
    ]);
    expect(JSON.stringify(urgent)).not.toContain("s3cret");

    const feed = await answerOf("feed", "create", "--name", "All", `${id}:titles`);
    expect(feed).toMatchObject({
      members: [{ calendarId: id, mask: "titles" }],
      link: { url: expect.stringMatching(/^http:\/\/127/u) },
    });
    const { key } = await answerOf("key", "create");
    const list = await calferry(["calendar", "list", "--local"]);
    expect(list.out).toContain("회의");

    for (const [name, value] of Object.entries(machine.env)) vi.stubEnv(name, value);
    const { outputs } = machine;
    const adapters = createApiAdapters({
      STAGE: "test",
      LOG_LEVEL: "INFO",
      TABLE_NAME: outputs.TableName,
      BUCKET_NAME: outputs.BucketName,
      URGENT_QUEUE_URL: outputs.UrgentQueueUrl,
      EXPORT_QUEUE_URL: outputs.ExportQueueUrl,
      DOWNLOAD_QUEUE_URL: outputs.DownloadQueueUrl,
      CHANGES_TOPIC_ARN: outputs.ChangesTopicArn,
      SCHEDULE_GROUP: "none",
      SCHEDULER_ROLE_ARN: "none",
      LOST_EVENTS_ARN: "none",
      FAN_OUT_ARN: "none",
      QUOTAS: { calendars: 100, feeds: 100, linksPerFeed: 100 },
    });
    const ignore = (): void => undefined;
    const app = createApp({ ...adapters, now: () => new Date(), newId: randomId, randomBytes, reportFault: ignore });
    const ask = async (path: string): Promise<Response> =>
      await app.request(path, { headers: { authorization: `Bearer ${String(key)}` } });
    expect(await (await ask(`/v1/calendars/${id}`)).json()).toMatchObject({ calendarId: id, name: "회의" });
    expect(await (await ask("/v1/feeds")).json()).toMatchObject({
      items: [{ feedId: feed["feedId"], members: [{ calendarId: id }] }],
    });
    expect((await ask("/v1/calendars?cursor=nobody")).status).toBe(400);
  });

  test("status reads calendars, letters, cursor and queues", async () => {
    expect(await answerOf("status")).toMatchObject({
      openLetters: 0,
      queues: [{ queue: "import", waiting: 0 }, {}, {}, {}, {}, {}, {}, {}, { queue: "lost events", waiting: 0 }],
    });
  });

  test("an unknown calendar is one line and status 1", async () => {
    const { out, errors, status } = await calferry(["calendar", "show", "nope", "--local"]);
    expect(errors).toBe(
      'calferry: calendar-unknown: no calendar "nope", wanted the id of a registered one; list them with: calferry calendar list\n',
    );
    expect([out, status]).toEqual(["", 1]);
  });
});

describe("without a deployment", () => {
  test.each([
    ["no machine in the folder", ""],
    ["a machine.json of something else", '{"url":1}'],
    // Above every process id that Linux or macOS gives.
    ["the file that a killed machine left", "killed"],
  ])("%s: machine-not-running with the next step", async (_title, content) => {
    const other = await mkdtemp(join(folder, "other-"));
    const text = content === "killed" ? JSON.stringify({ ...machine, pid: 2 ** 30 }) : content;
    if (text !== "") await writeFile(join(other, "machine.json"), text);
    const env = { AWS_PROFILE: "mine" };
    await expect(findMachine(other, env)).rejects.toMatchObject({
      code: "machine-not-running",
      next: "start it with: npm start",
    });
    expect(env).toEqual({ AWS_PROFILE: "mine" });
  });

  test("the machine's keys win over a profile of one's own", async () => {
    const env: Record<string, string> = { AWS_PROFILE: "mine", AWS_SESSION_TOKEN: "mine", HOME: "/home/me" };
    expect(await findMachine(folder, env)).toEqual({ outputs: machine.outputs, base: machine.url });
    expect(env).toEqual({ HOME: "/home/me", ...machine.env });
  });

  test("no stack is found: stack-unknown names it", async () => {
    const endpoint = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "x", AWS_MAX_ATTEMPTS: "1" };
    const closed = { ...endpoint, AWS_ENDPOINT_URL_CLOUDFORMATION: "http://127.0.0.1:9" };
    const { errors, status } = await calferry(["calendar", "list", "--stage", "beta"], closed);
    expect(errors).toMatch(/^calferry: stack-unknown: stack Calferry-beta was not found \([^\n]+\n$/u);
    expect(status).toBe(1);
  });
});
