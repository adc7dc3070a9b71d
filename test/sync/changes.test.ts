import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ChangesQuery } from "../../lib/contract/change.ts";
import type { ChangeSet } from "../../lib/contract/change.ts";
import type { ChangesPage } from "../../lib/contract/changes-page.ts";
import { Refusal } from "../../lib/core/failure.ts";
import { changesKey } from "../../lib/core/object-keys.ts";
import { listChanges } from "../../lib/sync/list-changes.ts";
import { facts } from "../sim/observer.ts";
import { ChangeReceiver } from "./change-receiver.ts";
import type { AskChanges, Message } from "./change-receiver.ts";
import { calendarText, sampleEvents } from "./sources.ts";
import { Stage } from "./stage.ts";

const DAY_MS = 86_400_000;

async function list(stage: Stage, calendarId: string, query: Readonly<Record<string, unknown>>): Promise<ChangesPage> {
  return await listChanges(
    calendarId,
    ChangesQuery.parse(query),
    stage.world.portsWith(async (_, effect) => await effect()),
    stage.world.clock.now(),
  );
}

/** `version.part/parts kind`, and `version!` for an import that finished. */
function short(messages: readonly Message[]): string[] {
  return messages.map((message) => {
    if ("part" in message) return `${message.calendarVersion}.${message.part}/${message.parts} ${message.kind}`;
    return message.kind === "import.finished" ? `${message.calendarVersion}!` : message.kind;
  });
}

/** Lines that are none too long, and together this many characters. */
function filler(characters: number): string {
  return `COMMENT:${"x".repeat(50_000)}\r\n`.repeat(characters / 50_000).trimEnd();
}

/** A calendar with versions 1 to 4: created, one more, one renamed and one gone, one back. */
async function grown(stage: Stage): Promise<string> {
  const { calendarId, source } = await stage.grow(3);
  const edits = [sampleEvents(4), [...sampleEvents(2), { uid: "e3@example.org", title: "Renamed" }], sampleEvents(4)];
  for (const events of edits) {
    source.events = events;
    await stage.importTurn(calendarId);
  }
  return calendarId;
}

/** What is said of a calendar that has grown, after its first version. */
const GROWN = ["2.1/1 created", "2!", "3.1/2 updated", "3.2/2 deleted", "3!", "4.1/2 created", "4.2/2 updated", "4!"];

describe("changes after a version", () => {
  it("are the messages that the topic sent, in the order of versions", async () => {
    const stage = new Stage();
    const calendarId = await grown(stage);
    const { items, calendarVersion, cursor } = await list(stage, calendarId, { from: 1 });
    expect(short(items)).toEqual(GROWN);
    expect({ calendarVersion, cursor }).toEqual({ calendarVersion: 4, cursor: undefined });
    expect(items).toEqual(expect.arrayContaining([...stage.world.published, ...stage.world.told]));
    expect((await list(stage, calendarId, { from: 4 })).items).toEqual([]);
  });

  it("come page by page, each message once", async () => {
    const stage = new Stage();
    const calendarId = await grown(stage);
    const seen: Message[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(stage, calendarId, { from: 1, limit: 3, cursor });
      seen.push(...page.items);
      cursor = page.cursor;
      expect(page.items.length).toBeLessThanOrEqual(3);
    } while (cursor !== undefined);
    expect(seen).toEqual((await list(stage, calendarId, { from: 1 })).items);
  });

  it("of the present version are none, and no object is read for that", async () => {
    const stage = new Stage();
    const calendarId = await grown(stage);
    stage.settle();
    const query = ChangesQuery.parse({ from: 4 });
    expect(await listChanges(calendarId, query, stage.ports, stage.world.clock.now())).toEqual({ items: [], calendarVersion: 4 });
    expect(stage.calls).toEqual(["calendars.load"]);
  });

  it("from nothing are the whole content, also where it moves between two pages", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    const first = await list(stage, calendarId, { from: 0, limit: 1 });
    expect(short(first.items)).toEqual(["1.1/1 created"]);
    source.events = sampleEvents(9);
    await stage.importTurn(calendarId);
    expect(short((await list(stage, calendarId, { from: 0, limit: 1, cursor: first.cursor })).items)).toEqual(["1!"]);
    const whole = await list(stage, calendarId, { from: 0 });
    expect(whole.items[0]).toMatchObject({ previousVersion: 0, calendarVersion: 2, kind: "created" });
    expect(whole.items[0]).toHaveProperty("changes.length", 9);
  });

  it("of a calendar that was never imported are none", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.plant();
    expect(await list(stage, calendarId, { from: 0 })).toEqual({ items: [], calendarVersion: 0 });
  });

  it("leave out what a worker stored that lost its commit, whichever came first", async () => {
    const stage = new Stage();
    const calendarId = await grown(stage);
    const { objects } = stage.world;
    const committed = [...objects.stored.keys()].filter((key) => key.startsWith(`changes/${calendarId}/`));
    for (const [index, key] of committed.entries()) {
      const set: ChangeSet = JSON.parse(objects.text(key));
      const lost = {
        ...set,
        snapshotKey: "snapshots/lost",
        changes: [{ kind: "created" as const, uid: "lost", sequence: 0, text: "" }],
      };
      const stored = objects.stored.get(key);
      if (index % 2 === 0) objects.stored.delete(key);
      await objects.putChanges(changesKey(calendarId, set.calendarVersion, JSON.stringify(lost)), lost);
      if (stored !== undefined) objects.stored.set(key, stored);
    }
    const { items } = await list(stage, calendarId, { from: 1 });
    expect(short(items)).toEqual(GROWN);
    expect(JSON.stringify(items)).not.toContain("lost");
  });

  it("hold whole what was too large for the topic", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(1);
    source.manner = { kind: "saying", text: calendarText(sampleEvents(2)).replace("SUMMARY:Meeting 2", filler(250_000)) };
    await stage.importTurn(calendarId);
    expect(stage.world.published.at(-1)).toHaveProperty("changesKey");
    const [message] = (await list(stage, calendarId, { from: 1 })).items;
    expect(message).toMatchObject({ calendarVersion: 2, part: 1, parts: 1, changes: [{ uid: "e2@example.org" }] });
  });

  it("end a page before it is too large for an answer", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(1);
    source.manner = { kind: "saying", text: calendarText(sampleEvents(6)).replaceAll(/SUMMARY:.*/gu, filler(800_000)) };
    await stage.importTurn(calendarId);
    const { items, cursor } = await list(stage, calendarId, { from: 1 });
    expect(items).toHaveLength(3);
    expect((await list(stage, calendarId, { from: 1, cursor })).items).toHaveLength(4);
  });
});

describe("changes that cannot be given", () => {
  it("after 30 days ask for a snapshot, but for those of the last version", async () => {
    const stage = new Stage();
    const calendarId = await grown(stage);
    stage.world.clock.advance(30 * DAY_MS - 600_000);
    expect((await list(stage, calendarId, { from: 1 })).items).toHaveLength(8);
    stage.world.clock.advance(DAY_MS);
    await expect(list(stage, calendarId, { from: 1 })).rejects.toMatchObject({
      code: "snapshot-needed",
      details: { calendarVersion: 4 },
    });
    expect(short((await list(stage, calendarId, { from: 3 })).items)).toEqual(["4.1/2 created", "4.2/2 updated", "4!"]);
    expect((await list(stage, calendarId, { from: 0 })).items).toHaveLength(2);
  });

  it("are refused for a version that the calendar never had, a cursor that no page gave, and a calendar that is not there", async () => {
    const stage = new Stage();
    const calendarId = await grown(stage);
    await expect(list(stage, calendarId, { from: 5 })).rejects.toMatchObject({
      code: "version-ahead",
      details: { calendarVersion: 4 },
    });
    await expect(list(stage, calendarId, { from: 1, cursor: "Yy4yLjAuLi8" })).rejects.toMatchObject({ code: "query-invalid" });
    await expect(list(stage, "unknown", { from: 0 })).rejects.toMatchObject({ code: "calendar-unknown" });
    const calendar = stage.world.calendars.metas.get(calendarId);
    if (calendar !== undefined) stage.world.calendars.metas.set(calendarId, { ...calendar, state: "removed" });
    await expect(list(stage, calendarId, { from: 1 })).rejects.toMatchObject({ code: "calendar-unknown" });
  });
});

describe("a change receiver under shuffled and doubled delivery", () => {
  it("ends with the calendar's content, whatever is lost on the way", async () => {
    const edit = fc.record({ count: fc.integer({ min: 1, max: 6 }), title: fc.constantFrom("A", "B", "C") });
    const delivery = fc.record({ order: fc.double({ noNaN: true }), fate: fc.constantFrom("once", "twice", "lost") });
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { minLength: 1, maxLength: 6 }),
        fc.array(delivery, { minLength: 40, maxLength: 40 }),
        fc.nat({ max: 45 }),
        fc.integer({ min: 1, max: 4 }),
        async (edits, deliveries, daysLate, limit) => {
          const stage = new Stage();
          const { calendarId, source } = await stage.plant(2);
          await stage.importTurn(calendarId);
          for (const { count, title } of edits) {
            source.events = sampleEvents(count, title);
            await stage.importTurn(calendarId);
          }
          stage.world.clock.advance(daysLate * DAY_MS);
          const sent = [...stage.world.published, ...stage.world.told];
          const received = sent
            .flatMap((message, index) => deliveriesOf(message, index, deliveries))
            .toSorted((one, other) => one.order - other.order);
          const receiver = new ChangeReceiver();
          const ask = asking(stage, limit);
          for (const { message } of received) {
            receiver.hear(message);
            // A gap is asked for at once by one app and later by another.
            if (limit % 2 === 0 && receiver.hasGap(calendarId)) await receiver.fill(calendarId, ask);
          }
          // The last message may be the one that was lost: an app asks now and then anyway.
          await receiver.fill(calendarId, ask);
          const copy = receiver.copyOf(calendarId);
          expect(copy.version).toBe(stage.checkpoint(calendarId).calendarVersion);
          const events = [...copy.events.values()].map(({ uid, recurrenceId, sequence, text = "" }) => ({
            uid,
            recurrenceId,
            sequence,
            text,
          }));
          expect(facts(events)).toBe(facts(stage.snapshot(calendarId).events));
          expect(receiver.hasGap(calendarId)).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });
});

type Delivery = { readonly order: number; readonly fate: string };
type Delivered = { readonly message: Message; readonly order: number };

function deliveriesOf(message: Message, index: number, deliveries: readonly Delivery[]): Delivered[] {
  const at = (place: number): Delivery => deliveries[place % deliveries.length] ?? { order: 0, fate: "once" };
  const first = { message, order: at(index).order };
  const again = { message, order: at(index * 7 + 3).order };
  return { once: [first], twice: [first, again], lost: [] }[at(index).fate] ?? [first];
}

function asking(stage: Stage, limit: number): AskChanges {
  return async (calendarId, from, cursor) =>
    await list(stage, calendarId, { from, limit, cursor }).catch((error: unknown) => {
      if (error instanceof Refusal && (error.code === "snapshot-needed" || error.code === "version-ahead")) return undefined;
      throw error;
    });
}
