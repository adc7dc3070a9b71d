/** The app server as a process of its own: started, asked as its users ask it, killed. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import * as z from "zod";

const SERVER = join(import.meta.dirname, "../../examples/app-server/server.ts");
const Told = z.object({ userId: z.string(), password: z.string() });
const AgendaShown = z.object({
  entries: z.array(
    z.object({
      calendar: z.string(),
      uid: z.string(),
      summary: z.string(),
      start: z.string(),
      end: z.string(),
      allDay: z.boolean(),
    }),
  ),
});
export type Shown = z.infer<typeof AgendaShown>["entries"][number];
export type Login = z.infer<typeof Told>;

export class App {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(env: Readonly<Record<string, string>>): Promise<App> {
    const environment = { PATH: process.env["PATH"] ?? "", PORT: "0", ...env };
    const child = spawn(process.execPath, [SERVER], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: child.stdout })) {
      const [, url] = /^listening on (\S+)$/u.exec(line) ?? [];
      if (url !== undefined) return new App(child, url);
    }
    throw new Error(`the app server ended with ${child.exitCode} before it listened`);
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  async register(name: string): Promise<Login> {
    return Told.parse(await (await this.send("POST", "/users", undefined, { name })).json());
  }

  async send(
    method: string,
    path: string,
    login?: Login,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`${login?.userId}:${login?.password}`).toString("base64")}`;
    return await fetch(this.url + path, {
      method,
      headers: { ...(login === undefined ? {} : { authorization }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** The answer, which must be a success. */
  async ask(method: string, path: string, login: Login, body?: unknown, headers?: Record<string, string>): Promise<unknown> {
    const response = await this.send(method, path, login, body, headers);
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}, expected 2xx: ${await response.text()}`);
    return await response.json();
  }

  async agenda(login: Login, { from, to }: { readonly from: string; readonly to: string }): Promise<readonly Shown[]> {
    return AgendaShown.parse(await this.ask("GET", `/agenda?from=${from}&to=${to}`, login)).entries;
  }
}
