/** One subscriber's computer: vdirsyncer copies the feed over HTTP into a folder, khal lists what lies there. */
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type Listed = { readonly start: string; readonly end: string; readonly allDay: boolean; readonly title: string };

/** A line is `start|end|all-day|title`; ends of days are the last one, not the one after. */
const FORMAT = "{start-long}|{end-long}|{all-day}|{title}";

export class Subscriber {
  readonly #home: string;

  private constructor(home: string) {
    this.#home = home;
  }

  static async of(feedUrl: string, home: string): Promise<Subscriber> {
    const items = join(home, "items");
    await mkdir(items, { recursive: true });
    await writeFile(join(home, "vdirsyncer.conf"), vdirsyncerConfig(feedUrl, home, items));
    await writeFile(join(home, "khal.conf"), khalConfig(home, items));
    const subscriber = new Subscriber(home);
    await subscriber.#vdirsyncer("discover");
    return subscriber;
  }

  /** What vdirsyncer says that it does, a line each. */
  async sync(): Promise<readonly string[]> {
    const said = await this.#vdirsyncer("sync");
    return said.split("\n").filter((line) => /^(?:Copying|Deleting|Updating)/u.test(line));
  }

  /** The copied items by file name. */
  async items(): Promise<ReadonlyMap<string, string>> {
    const folder = join(this.#home, "items");
    const names = (await readdir(folder)).filter((name) => name.endsWith(".ics")).toSorted();
    return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)));
  }

  /** What khal shows of the days from `from` up to `to`, each once. */
  async list(from: string, to: string): Promise<readonly Listed[]> {
    const options = ["-c", join(this.#home, "khal.conf"), "list", "--day-format", "", "--format", FORMAT, from, to];
    const { stdout } = await run("khal", options, { env: this.#env() });
    const lines = new Set(stdout.split("\n").filter((line) => line !== ""));
    return [...lines].map((line) => {
      const [start = "", end = "", allDay = "", ...title] = line.split("|");
      return { start, end, allDay: allDay === "True", title: title.join("|") };
    });
  }

  async #vdirsyncer(command: string): Promise<string> {
    const { stdout, stderr } = await run("vdirsyncer", ["-c", join(this.#home, "vdirsyncer.conf"), command], {
      env: this.#env(),
    });
    return stdout + stderr;
  }

  #env(): NodeJS.ProcessEnv {
    return { PATH: process.env["PATH"], HOME: this.#home, LC_ALL: "C.UTF-8", TZ: "UTC" };
  }
}

function vdirsyncerConfig(feedUrl: string, home: string, items: string): string {
  return `[general]
status_path = "${join(home, "status")}"
[pair feed]
a = "remote"
b = "local"
collections = null
[storage remote]
type = "http"
url = "${feedUrl}"
[storage local]
type = "filesystem"
path = "${items}"
fileext = ".ics"
`;
}

function khalConfig(home: string, items: string): string {
  return `[calendars]
[[feed]]
path = ${items}
readonly = True
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%dT%H:%M
longdatetimeformat = %Y-%m-%dT%H:%M
local_timezone = UTC
default_timezone = UTC
[sqlite]
path = ${join(home, "khal.db")}
`;
}
