/** An owner puts one event into many calendars, or withdraws it: part by part, into those that are meant, and one that cannot take it keeps no other back. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { EventSpread } from "../../lib/contract/event-spread.ts";
import type { SpreadReport } from "../../lib/contract/event-spread.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { spreadEvent } from "../../lib/sync/spread-event.ts";
import { App } from "./app.ts";
import type { Asked, Disturbed } from "./app.ts";
import type { Drill } from "./drill.ts";

const OWNER = "spreader";
const EVENT = { start: "2040-06-01T09:00:00", zone: "Europe/Lisbon", summary: "Closed" };
/** More than one call works through. */
const ROOMS = 22;
const PART = 20;

type Spread = Omit<Partial<EventSpread>, "event"> & { readonly summary?: string };
type Items = SpreadReport["items"];

export async function drillSpread(drill: Drill): Promise<void> {
  const spreader = await Spreader.of(drill);
  await drillAll(spreader);
  await drillFilters(spreader);
  await drillNamed(spreader);
  await drillParts(spreader);
  await drillBroken(spreader);
}

class Spreader {
  readonly drill: Drill;
  readonly rooms: readonly App[];
  /** A calendar of the same owner that nobody can write. */
  readonly imported: string;
  readonly foreign: App;

  private constructor(drill: Drill, rooms: readonly App[], { imported, foreign }: { imported: string; foreign: App }) {
    this.drill = drill;
    this.rooms = rooms;
    this.imported = imported;
    this.foreign = foreign;
  }

  static async of(drill: Drill): Promise<Spreader> {
    const rooms: App[] = [];
    for (let number = 1; number <= ROOMS; number += 1) {
      const metadata = { site: number % 2 === 0 ? "even" : "odd", house: "one" };
      rooms.push(await App.of(drill, { ownerId: OWNER, name: `Room ${number}`, metadata }));
    }
    let imported = "";
    await drill.ask("create a calendar", async (ports) => {
      const source = { kind: "url", url: drill.weather.addSource().url };
      const draft = CalendarDraft.parse({
        source,
        intervalMinutes: 5,
        ownerId: OWNER,
        name: "Room of others",
        metadata: { house: "one", site: "odd" },
      });
      imported = (await createCalendar(draft, ports, drill.context())).calendar.calendarId;
    });
    return new Spreader(drill, rooms, { imported, foreign: await App.of(drill) });
  }

  get ids(): string[] {
    return this.rooms.map(({ calendarId }) => calendarId);
  }

  get versions(): number {
    return this.rooms.reduce((sum, { version }) => sum + version, 0);
  }

  async ask({ summary = EVENT.summary, ...spread }: Spread, disturbed?: Disturbed): Promise<Asked<SpreadReport>> {
    const { action = "put" } = spread;
    const event = action === "put" ? { ...EVENT, summary } : undefined;
    const asked = EventSpread.parse({ ownerId: OWNER, action, uid: "closed", event, ...spread });
    return await this.foreign.ask(async (ports) => await spreadEvent(asked, ports, this.drill.context()), disturbed);
  }

  /** Part by part to the end, each of them with no more than one call works through. */
  async whole(spread: Spread): Promise<{ readonly items: Items; readonly parts: number; readonly seen: number }> {
    const items: Items[number][] = [];
    let [cursor, parts, seen]: [string | undefined, number, number] = [undefined, 0, 0];
    do {
      const { answer, refused } = await this.ask({ ...spread, cursor });
      this.drill.must(answer !== undefined && answer.seen <= PART, `a part of a spread saw ${answer?.seen}: ${refused}`);
      items.push(...(answer?.items ?? []));
      seen += answer?.seen ?? 0;
      parts += 1;
      cursor = answer?.cursor;
    } while (cursor !== undefined && parts <= ROOMS);
    return { items, parts, seen };
  }

  /** Of those of the rooms that have one of these numbers, or of all, each came to this; nobody else was asked. */
  mustCome(what: string, items: Items, outcome: string, numbers?: readonly number[]): void {
    const meant = numbers === undefined ? this.ids : numbers.flatMap((number) => this.ids[number - 1] ?? []);
    const seen = items.map(({ calendarId }) => calendarId);
    this.drill.must(
      seen.toSorted().join() === meant.toSorted().join(),
      `${what} is about ${seen.length} calendars, wanted ${meant.length}`,
    );
    const others = items.filter((item) => item.outcome !== outcome);
    this.drill.must(
      others.length === 0,
      `${what} came to ${others.map((item) => `${item.outcome} ${item.code}`).join()}, wanted ${outcome}`,
    );
  }
}

/** All push calendars of the owner and nobody else's; what has the event already is left as it is. */
async function drillAll(spreader: Spreader): Promise<void> {
  const { drill } = spreader;
  const preview = await spreader.whole({ dryRun: true });
  spreader.mustCome("a preview", preview.items, "created");
  drill.must(spreader.versions === 0, "a preview wrote something");
  const { items, parts, seen } = await spreader.whole({});
  spreader.mustCome("an event for all", items, "created");
  drill.must(parts === 2 && seen === ROOMS + 1, `${seen} calendars were seen in ${parts} parts, wanted ${ROOMS + 1} in 2`);
  drill.must(
    spreader.versions === ROOMS && spreader.foreign.version === 0,
    "an event was not put where it was meant, or elsewhere",
  );
  spreader.mustCome("the same event for all", (await spreader.whole({})).items, "unchanged");
  drill.must(spreader.versions === ROOMS, "an event that is there was put once more");
}

async function drillFilters(spreader: Spreader): Promise<void> {
  const numbers = Array.from({ length: ROOMS }, (_, index) => index + 1);
  const withOne = numbers.filter((number) => String(number).startsWith("1"));
  const named = await spreader.whole({ action: "withdraw", filter: { name: "rOOm 1" } });
  spreader.mustCome("withdrawing by name", named.items, "deleted", withOne);
  const again = await spreader.whole({ action: "withdraw", filter: { name: "Room 1" } });
  spreader.mustCome("withdrawing once more", again.items, "absent", withOne);
  const put = await spreader.whole({ filter: { name: "room 1" } });
  spreader.mustCome("putting by name", put.items, "created", withOne);
  const odd = await spreader.whole({ summary: "Open", filter: { metadata: { site: "odd", house: "one" } } });
  spreader.mustCome(
    "putting by metadata",
    odd.items,
    "updated",
    numbers.filter((number) => number % 2 === 1),
  );
  spreader.mustCome(
    "a house that is not there",
    (await spreader.whole({ filter: { metadata: { house: "two" } } })).items,
    "",
    [],
  );
}

/** Who names a calendar hears why it cannot take the event; another owner's is as one that is not there. */
async function drillNamed(spreader: Spreader): Promise<void> {
  const { drill, rooms, imported, foreign } = spreader;
  const { metas } = drill.simulation.world.calendars;
  const [removed, room] = rooms;
  const meta = metas.get(removed?.calendarId ?? "");
  if (removed === undefined || room === undefined || meta === undefined) return drill.must(false, "an owner has no rooms");
  metas.set(removed.calendarId, { ...meta, state: "removed" });
  const calendarIds = [imported, "nobody", foreign.calendarId, removed.calendarId, room.calendarId];
  const before = { foreign: foreign.version, removed: removed.version };
  for (const dryRun of [true, false]) {
    const { items } = await spreader.whole({ summary: `Named ${room.version}`, filter: { calendarIds }, dryRun });
    const seen = items.map(({ outcome, code = "" }) => `${outcome} ${code}`.trim()).join(", ");
    const unknown = "failed calendar-unknown";
    const wanted = ["failed source-kind-wrong", unknown, unknown, unknown, "updated"].join(", ");
    drill.must(seen === wanted, `named calendars came to ${seen}, wanted ${wanted}`);
  }
  const isLeft = foreign.version === before.foreign && removed.version === before.removed;
  drill.must(isLeft, "an event was put into a calendar of somebody else, or one that is removed");
  metas.set(removed.calendarId, meta);
}

/** Calendars that are named come in parts, too; only a cursor that a part gave is taken. */
async function drillParts(spreader: Spreader): Promise<void> {
  const { drill, ids } = spreader;
  for (const [count, wanted] of [
    [PART, 1],
    [PART + 1, 2],
  ] as const) {
    const { items, parts } = await spreader.whole({ summary: `Parts ${count}`, filter: { calendarIds: ids.slice(0, count) } });
    drill.must(parts === wanted && items.length === count, `${count} named calendars came in ${parts} parts, wanted ${wanted}`);
  }
  const { refused } = await spreader.ask({ filter: { calendarIds: ids }, cursor: "nonsense" });
  drill.must(refused === "query-invalid", `a cursor that no part gave was answered ${refused}`);
}

/** Where the service itself fails nobody is told that a calendar cannot take the event; to begin again does no harm. */
async function drillBroken(spreader: Spreader): Promise<void> {
  const { drill, ids } = spreader;
  let count = 0;
  const asked: Spread = { summary: "Broken", filter: { calendarIds: ids.slice(0, 3) } };
  const { refused } = await spreader.ask(asked, (method) => {
    count += method === "calendars.save" ? 1 : 0;
    return method === "calendars.save" && count === 2 ? "error-before" : undefined;
  });
  drill.must(refused === "aws-unavailable", `a spread that broke off was answered ${refused}`);
  const { items } = await spreader.whole(asked);
  const left = items.filter(({ outcome }) => outcome !== "updated" && outcome !== "unchanged");
  drill.must(items.length === 3 && left.length === 0, "a spread that broke off cannot be ended");
}
