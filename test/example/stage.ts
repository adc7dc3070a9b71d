/** What the run plays on: one machine, a source, the wire from the topic, and the app server between them. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import * as z from "zod";

import { SourceServer } from "../deploy/source-server.ts";
import { until } from "../smoke/one-machine.ts";
import type { OneMachine } from "../smoke/one-machine.ts";
import { App } from "./app.ts";
import type { Login } from "./app.ts";
import { icsOf } from "./sources.ts";
import type { Lesson } from "./sources.ts";
import { Wire } from "./wire.ts";

const Made = z.object({ id: z.string() });
const KeyMade = z.object({ key: z.string() });

/** Nothing is asked for besides what is asked at the start. */
export const NEVER_ASKS = { GAP_MS: "3600000" };

export class Stage {
  readonly machine: OneMachine;
  readonly wire: Wire;
  app: App;
  readonly #source: SourceServer;
  readonly #sourceUrl: string;
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #calendars = new Map<string, string>();

  private constructor(parts: Pick<Stage, "machine" | "wire" | "app"> & Hidden) {
    this.machine = parts.machine;
    this.wire = parts.wire;
    this.app = parts.app;
    this.#source = parts.source;
    this.#sourceUrl = parts.sourceUrl;
    this.#folder = parts.folder;
    this.#env = parts.env;
  }

  static async set(machine: OneMachine): Promise<Stage> {
    const [wire, source] = [new Wire(), new SourceServer()];
    const folder = await mkdtemp(join(tmpdir(), "calferry-example-"));
    const env = await environmentOf(machine, join(folder, "app.json"));
    await subscribe(machine, await wire.listen(), env["CALFERRY_TOPIC_ARN"] ?? "");
    const sourceUrl = await source.listen();
    const app = await App.start({ ...env, ...NEVER_ASKS });
    wire.target = `${app.url}/calferry`;
    return new Stage({ machine, wire, app, source, sourceUrl, folder, env });
  }

  /** The source has these from now on. */
  write(name: string, lessons: readonly Lesson[]): void {
    this.#source.serve(`/${name}.ics`, icsOf(lessons));
  }

  async addCalendar(name: string, login: Login): Promise<void> {
    const { id } = Made.parse(await this.app.ask("POST", "/calendars", login, { name, url: `${this.#sourceUrl}/${name}.ics` }));
    this.#calendars.set(name, id);
  }

  /** As a person who presses "refresh". */
  async refresh(name: string, login: Login): Promise<void> {
    await this.app.ask("POST", `/calendars/${this.#calendars.get(name)}/refresh`, login);
  }

  /** The same import, asked for beside an app that is down. */
  async importBeside(name: string, changes: number): Promise<void> {
    const { items } = z
      .object({ items: z.array(z.object({ calendarId: z.string(), calendarVersion: z.number() })) })
      .parse(await this.machine.ask("GET", `/v1/calendars?owner=server&externalId=${this.#calendars.get(name)}`));
    const [calendar] = items;
    if (calendar === undefined) throw new Error(`no calendar has the name ${name}`);
    await this.machine.syncNow(calendar.calendarId);
    await this.machine.reached(calendar.calendarId, calendar.calendarVersion + changes);
  }

  /** Resolves when the topic has told of that many versions of the calendar, whether they reached the app or not. */
  async told(name: string, versions: number): Promise<void> {
    await until(`messages of ${versions} versions of ${name}`, async () => {
      return await Promise.resolve(this.versionsTold(name) < versions ? undefined : true);
    });
  }

  versionsTold(name: string): number {
    return this.wire.finished(this.#calendars.get(name) ?? "");
  }

  /** A second app server on the same machine, with a file of its own. */
  async another(env: Readonly<Record<string, string>>): Promise<App> {
    return await App.start({ ...this.#env, APP_FILE: join(this.#folder, "another.json"), ...env });
  }

  async crash(): Promise<void> {
    this.wire.target = undefined;
    await this.app.kill();
  }

  async restart(env: Readonly<Record<string, string>>): Promise<void> {
    this.app = await App.start({ ...this.#env, ...env });
    this.wire.target = `${this.app.url}/calferry`;
  }

  /** What the app has on its disk, changed while it is down. */
  async edit(change: (text: string) => string): Promise<void> {
    const file = join(this.#folder, "app.json");
    await writeFile(file, change(await readFile(file, "utf8")));
  }

  async strike(): Promise<void> {
    await this.app.kill();
    this.wire.close();
    this.#source.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

type Hidden = {
  readonly source: SourceServer;
  readonly sourceUrl: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
};

/** The app's key reaches the things of one owner, as an app's should. */
async function environmentOf(machine: OneMachine, file: string): Promise<Record<string, string>> {
  const { key } = KeyMade.parse(await machine.ask("POST", "/v1/keys", { label: "app server", ownerId: "server" }));
  return {
    APP_FILE: file,
    CALFERRY_URL: machine.machine.url,
    CALFERRY_KEY: key,
    CALFERRY_TOPIC_ARN: machine.machine.outputs["ChangesTopicArn"] ?? "",
    SNS_SIGNATURES: "off",
  };
}

async function subscribe({ machine }: OneMachine, endpoint: string, topicArn: string): Promise<void> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const region = machine.env["AWS_REGION"] ?? "us-east-1";
  const sns = new SNSClient({ region, credentials, endpoint: machine.env["AWS_ENDPOINT_URL_SNS"] ?? "" });
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: "http", Endpoint: endpoint }));
}
