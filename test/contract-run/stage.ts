/** What the contract run finds on the machine: for each identity one owner with something of every kind, and spares for what takes things away. */
import * as z from "zod";

import type { OneMachine } from "../smoke/one-machine.ts";
import { until } from "../smoke/one-machine.ts";
import type { SourceServer } from "../deploy/source-server.ts";
import { calendarText, sampleEvents } from "../sync/sources.ts";
import { bodiesOf, eventOf, fieldsOf, idsOf, LATER } from "./requests.ts";

/** What extension.py reads: ids by the name of their path parameter or field, and requests that make sense. */
export type World = {
  readonly ids: Ids;
  /** Where an operation wants others than the usual. */
  readonly idsOf: Readonly<Record<string, Ids>>;
  /** For operations after which a thing is no more, one a call. */
  readonly spares: Readonly<Record<string, readonly Ids[]>>;
  readonly queries: Readonly<Record<string, Ids>>;
  readonly bodies: Readonly<Record<string, object | string>>;
  /** Values of fields of bodies, wherever they stand. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** Ids that a stranger must not reach. */
  readonly owned: readonly string[];
};
type Ids = Readonly<Record<string, string>>;

const Created = z.object({
  calendarId: z.string().optional(),
  feedId: z.string().optional(),
  linkId: z.string().optional(),
  reservationId: z.string().optional(),
  downloadId: z.string().optional(),
  repeatId: z.string().optional(),
  keyId: z.string().optional(),
  key: z.string().optional(),
});
const Listed = z.object({ items: z.array(z.record(z.string(), z.unknown())) });
const SPARES = 3;
const NOBODY = [{ ownerId: "nobody" }];

/** One owner's things, each asked for by the owner's own key. */
export class Household {
  readonly owner: string;
  readonly key: string;
  readonly #url: string;
  readonly #source: SourceServer;
  readonly #address: string;

  constructor(owner: string, key: string, url: string, source: SourceServer, address: string) {
    this.owner = owner;
    this.key = key;
    this.#url = url;
    this.#source = source;
    this.#address = address;
  }

  static async of(owner: string, { machine }: OneMachine, source: SourceServer, address: string): Promise<Household> {
    const admin = new Household(owner, machine.adminKey, machine.url, source, address);
    const key = await admin.#made("/v1/keys", { label: owner, ownerId: owner }, "key");
    return new Household(owner, key, machine.url, source, address);
  }

  /** The word that stands in everything's name. */
  get mark(): string {
    return `THING_OF_${this.owner.toUpperCase()}`;
  }

  async furnish(): Promise<World> {
    const [calendarId, ...spareCalendars] = await this.#many(
      async (n) => await this.#calendar(`/${this.owner}-${n}.ics`),
      1 + SPARES,
    );
    const held = await this.#many(async (n) => await this.#calendar(`/${this.owner}-held-${n}.ics`), 3);
    const dead = await this.#many(async (n) => await this.#dead(`/${this.owner}-gone-${n}.ics`), 4);
    const [pushId, quietId] = [await this.#push(), await this.#push()];
    const feeds = await this.#many(async () => await this.#feed([calendarId, ...spareCalendars]), 1 + SPARES);
    await this.#settle([calendarId, ...spareCalendars, ...held]);
    const holds = await Promise.all(held.map(async (each, n) => await this.#hold(each, `/${this.owner}-held-${n}.ics`)));
    const letters = await Promise.all(dead.map(async (each) => await this.#letter(each)));
    const [runId = ""] = await this.#list(`/v1/calendars/${calendarId}/runs`, "runId");
    const [feedId] = feeds;
    const lastFeed = feeds.at(-1) ?? feedId;
    const things = await this.#smallThings(calendarId, feedId);
    const ids = {
      calendarId,
      feedId,
      runId,
      letterId: letters[0] ?? "",
      host: "calendars.example.org",
      uid: "push-0",
      ...things.ids,
    };
    const spares = {
      ...things.spares,
      removeCalendar: spareCalendars.slice(1).map((each) => ({ calendarId: each })),
      removeFeed: feeds.slice(1, -1).map((each) => ({ feedId: each })),
      removeMember: spareCalendars.map((each) => ({ calendarId: each, feedId: lastFeed })),
      deleteEvent: ["push-0", "push-2"].map((uid) => ({ calendarId: quietId, uid })),
      eraseOwner: NOBODY,
      suspendOwner: NOBODY,
      resumeOwner: NOBODY,
    };
    return {
      ids,
      spares,
      idsOf: idsOf({ pushId, quietId, held, letters }),
      queries: { putEvents: { replace: "all" }, findBusinessDay: { day: "2026-05-06" }, listChanges: { from: "0" } },
      bodies: bodiesOf({ ids, pushId, owner: this.owner, holds, mark: this.mark, url: `${this.#address}/${this.owner}-0.ics` }),
      fields: fieldsOf(ids, this.owner, `${this.#address}/${this.owner}-0.ics`),
      owned: [...Object.values({ ...ids, host: "", uid: "", ownerId: "" }), pushId, ...held, ...letters].filter(
        (id) => id !== "",
      ),
    };
  }

  async #smallThings(calendarId: string, feedId: string): Promise<Pick<World, "ids" | "spares">> {
    const draft = (kind: "linkId" | "reservationId" | "downloadId" | "repeatId" | "keyId"): readonly [string, object] => {
      if (kind === "linkId") return [`/v1/feeds/${feedId}/links`, { label: this.mark }];
      if (kind === "reservationId") return ["/v1/reservations", { kind: "sync", calendarId, at: LATER }];
      if (kind === "downloadId") return ["/v1/downloads", { calendarId, format: "json", days: 30 }];
      if (kind === "repeatId") return ["/v1/repeats", { calendarId, format: "ics", every: { cron: "0 7 * * 1" } }];
      return ["/v1/keys", { label: this.mark }];
    };
    const takenBy = {
      linkId: ["revokeLink", "rotateLink"],
      reservationId: ["cancelReservation"],
      downloadId: ["cancelDownload"],
      repeatId: ["removeRepeat"],
      keyId: ["revokeKey"],
    } as const;
    const ids: Record<string, string> = {};
    const spares: Record<string, Ids[]> = {};
    for (const kind of ["linkId", "reservationId", "downloadId", "repeatId", "keyId"] as const) {
      const [path, body] = draft(kind);
      ids[kind] = await this.#made(path, body, kind);
      for (const operation of takenBy[kind]) {
        const made = await this.#many(async () => await this.#made(path, body, kind), SPARES);
        spares[operation] = made.map((id) => ({ [kind]: id }));
      }
    }
    return { ids, spares };
  }

  async #many(make: (n: number) => Promise<string>, count: number): Promise<[string, ...string[]]> {
    const made: [string, ...string[]] = [await make(0)];
    for (let n = 1; n < count; n += 1) made.push(await make(n));
    return made;
  }

  async #calendar(path: string): Promise<string> {
    this.#source.serve(path, calendarText(sampleEvents(6)));
    const body = { name: this.mark, source: { kind: "url", url: this.#address + path }, intervalMinutes: 1440 };
    return await this.#made("/v1/calendars", body, "calendarId");
  }

  /** Its source answers 404: a dead letter. */
  async #dead(path: string): Promise<string> {
    const body = { name: this.mark, source: { kind: "url", url: this.#address + path }, intervalMinutes: 1440 };
    return await this.#made("/v1/calendars", body, "calendarId");
  }

  async #push(): Promise<string> {
    const calendarId = await this.#made("/v1/calendars", { name: this.mark, source: { kind: "push" } }, "calendarId");
    for (const n of [0, 1, 2]) await this.#ask("PUT", `/v1/calendars/${calendarId}/events/push-${n}`, eventOf(this.mark));
    return calendarId;
  }

  async #feed(calendarIds: readonly string[]): Promise<string> {
    const members = calendarIds.map((calendarId) => ({ calendarId }));
    return await this.#made("/v1/feeds", { name: this.mark, members }, "feedId");
  }

  async #settle(calendarIds: readonly string[]): Promise<void> {
    for (const calendarId of calendarIds) {
      await until(`an import of ${calendarId}`, async () => {
        const { outcome } = z
          .object({ outcome: z.unknown().optional() })
          .parse(await this.#ask("GET", `/v1/calendars/${calendarId}`));
        return outcome;
      });
    }
  }

  /** The source loses all but one of its events. */
  async #hold(calendarId: string, path: string): Promise<string> {
    this.#source.serve(path, calendarText(sampleEvents(1)));
    await this.#ask("POST", `/v1/calendars/${calendarId}/sync`);
    return await until(`a hold of ${calendarId}`, async () => {
      const response = await this.#send("GET", `/v1/calendars/${calendarId}/hold`);
      return response.ok ? z.object({ holdId: z.string() }).parse(await response.json()).holdId : undefined;
    });
  }

  async #letter(calendarId: string): Promise<string> {
    const { letterId } = await until(`a letter of ${calendarId}`, async () => {
      const { items } = Listed.parse(await this.#ask("GET", "/v1/letters?limit=200"));
      return items.find((item) => item["calendarId"] === calendarId);
    });
    return String(letterId);
  }

  async #list(path: string, name: string): Promise<string[]> {
    return Listed.parse(await this.#ask("GET", path)).items.map((item) => String(item[name]));
  }

  async #made(path: string, body: object, name: keyof z.infer<typeof Created>): Promise<string> {
    const value = Created.parse(await this.#ask("POST", path, body))[name];
    if (value === undefined) throw new Error(`POST ${path} answered without ${name}, wanted one`);
    return value;
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await this.#send(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}, wanted 2xx: ${await response.text()}`);
    return await response.json();
  }

  async #send(method: string, path: string, body?: object): Promise<Response> {
    const headers = { authorization: `Bearer ${this.key}`, "content-type": "application/json" };
    return await fetch(this.#url + path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  }
}
