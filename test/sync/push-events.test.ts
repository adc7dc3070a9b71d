import { describe, expect, it } from "vitest";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { EventBatch, EventInput } from "../../lib/contract/event-input.ts";
import type { EventBody } from "../../lib/core/edit-events.ts";
import type { Conditions } from "../../lib/core/event-tag.ts";
import { Refusal } from "../../lib/core/failure.ts";
import { applyBatch } from "../../lib/sync/apply-batch.ts";
import { clearCalendar } from "../../lib/sync/clear-calendar.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { deleteEvent } from "../../lib/sync/delete-event.ts";
import type { EditedPush } from "../../lib/sync/edit-push.ts";
import { putEvent } from "../../lib/sync/put-event.ts";
import { putEvents } from "../../lib/sync/put-events.ts";
import { Stage } from "./stage.ts";

const ANYHOW: Conditions = {};

class Pushed {
  readonly stage = new Stage();
  calendarId = "";

  static async create(): Promise<Pushed> {
    const pushed = new Pushed();
    const draft = CalendarDraft.parse({ source: { kind: "push" } });
    pushed.calendarId = (await createCalendar(draft, pushed.stage.ports, pushed.stage.context())).calendar.calendarId;
    return pushed;
  }

  async put(uid: string, event: Record<string, unknown>, conditions = ANYHOW): Promise<EditedPush> {
    const whole = EventInput.parse({ start: "2026-06-01T09:00:00", zone: "Europe/Lisbon", ...event });
    return await this.putBody(uid, { kind: "json", event: whole }, conditions);
  }

  async putIcs(uid: string, lines: readonly string[], conditions = ANYHOW): Promise<EditedPush> {
    const bytes = new TextEncoder().encode(["BEGIN:VCALENDAR", ...lines, "END:VCALENDAR"].join("\r\n"));
    return await this.putBody(uid, { kind: "ics", bytes, contentType: "text/calendar" }, conditions);
  }

  async putBody(uid: string, body: EventBody, conditions: Conditions): Promise<EditedPush> {
    const { calendarId } = this;
    return await putEvent({ calendarId, uid, body, conditions }, this.stage.ports, this.stage.context());
  }

  async delete(uid: string, recurrenceId?: string, conditions = ANYHOW): Promise<EditedPush> {
    const { calendarId } = this;
    return await deleteEvent({ calendarId, uid, recurrenceId, conditions }, this.stage.ports, this.stage.context());
  }

  async batch(operations: readonly unknown[], conditions = ANYHOW): Promise<EditedPush> {
    const { calendarId } = this;
    const batch = EventBatch.parse({ operations });
    return await applyBatch({ calendarId, batch, conditions }, this.stage.ports, this.stage.context());
  }

  async replace(lines: readonly string[], conditions = ANYHOW): Promise<unknown> {
    const bytes = new TextEncoder().encode(["BEGIN:VCALENDAR", ...lines, "END:VCALENDAR"].join("\r\n"));
    const request = { calendarId: this.calendarId, bytes, contentType: undefined, replace: "all" as const, conditions };
    return await putEvents(request, this.stage.ports, this.stage.context());
  }

  events(): Map<string, string> {
    const { events } = this.stage.snapshot(this.calendarId);
    return new Map(events.map(({ uid, recurrenceId = "", text }) => [`${uid} ${recurrenceId}`.trim(), text]));
  }

  version(): number {
    return this.stage.checkpoint(this.calendarId).calendarVersion;
  }
}

function tagOf({ outcomes: [outcome] }: EditedPush): string {
  return outcome?.etag ?? "none";
}

async function refusalOf(write: Promise<unknown>): Promise<Refusal> {
  const error: unknown = await write.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Refusal) return error;
  throw new Error("it was not refused", { cause: error });
}

describe("one event that an app puts", () => {
  it("is there at once, published and exported, and alone in its version", async () => {
    const pushed = await Pushed.create();
    const { feedId } = await pushed.stage.feedOf(pushed.calendarId);
    await pushed.put("one", { summary: "One" });
    const second = await pushed.put("two/2", { summary: "Two, with a comma", categories: ["Work", "A,B"] });
    expect(second).toMatchObject({ counts: { created: 1, updated: 0, calendarVersion: 2 }, outcomes: [{ outcome: "created" }] });
    expect(pushed.events().get("two/2")).toBe(
      [
        "BEGIN:VEVENT",
        "UID:two/2",
        "DTSTART;TZID=Europe/Lisbon:20260601T090000",
        "SUMMARY:Two\\, with a comma",
        "CATEGORIES:Work,A\\,B",
        "END:VEVENT",
      ].join("\n"),
    );
    expect(pushed.stage.world.published).toMatchObject([
      { calendarVersion: 1, previousVersion: 0, kind: "created" },
      { calendarVersion: 2, previousVersion: 1, kind: "created", changes: [{ uid: "two/2", sequence: 0 }] },
    ]);
    await pushed.stage.exportAll();
    expect(pushed.stage.ics(feedId).match(/^BEGIN:VEVENT/gmu)).toHaveLength(2);
  });

  it("with the same meaning writes nothing, with another one moves SEQUENCE and LAST-MODIFIED", async () => {
    const pushed = await Pushed.create();
    const first = await pushed.put("one", { summary: "One" });
    const [before] = pushed.stage.snapshot(pushed.calendarId).events;
    expect(await pushed.put("one", { summary: "One" })).toMatchObject({ etag: '"1"', outcomes: [{ outcome: "unchanged" }] });
    pushed.stage.world.clock.minutes(1);
    const changed = await pushed.put("one", { summary: "Other" });
    const [after] = pushed.stage.snapshot(pushed.calendarId).events;
    expect(changed).toMatchObject({ counts: { updated: 1 }, outcomes: [{ outcome: "updated" }], etag: '"2"' });
    expect(tagOf(changed)).not.toBe(tagOf(first));
    expect(after?.sequence).toBe(1);
    expect(Date.parse(isoOf(after?.lastModified))).toBeGreaterThan(Date.parse(isoOf(before?.lastModified)));
  });

  it("takes the place of its series with all overrides, and an override can be deleted alone", async () => {
    const pushed = await Pushed.create();
    const override = (day: string): object => ({
      recurrenceId: `2026-06-${day}T09:00:00`,
      start: `2026-06-${day}T11:00:00`,
      zone: "Europe/Lisbon",
    });
    await pushed.put("daily", { rrule: "FREQ=DAILY;COUNT=9", overrides: [override("02"), override("03")] });
    expect([...pushed.events().keys()]).toEqual(["daily", "daily 20260602T080000Z", "daily 20260603T080000Z"]);
    const deleted = await pushed.delete("daily", "20260602T080000Z");
    expect(deleted).toMatchObject({ counts: { deleted: 1 }, outcomes: [{ outcome: "updated" }] });
    await pushed.put("daily", { rrule: "FREQ=DAILY;COUNT=9" });
    expect([...pushed.events().keys()]).toEqual(["daily"]);
    expect(await pushed.delete("daily")).toMatchObject({ outcomes: [{ uid: "daily", outcome: "deleted" }] });
    expect(pushed.events().size).toBe(0);
  });

  it("that cannot be read, or is another one, is refused and nothing is written", async () => {
    const pushed = await Pushed.create();
    await pushed.put("one", {});
    const wrong: readonly (readonly [Promise<unknown>, string, string])[] = [
      [pushed.put("two", { zone: "Atlantis/Deep" }), "event-invalid", "Atlantis/Deep"],
      [pushed.put("two", { start: "2026-02-30", zone: undefined }), "event-invalid", "2026-02-30"],
      [pushed.put("two", { end: "2026-06-01" }), "event-invalid", "a local time as start"],
      [pushed.put("two", { end: "2026-06-01T08:00:00" }), "event-invalid", "not before"],
      [pushed.put("two", { allDay: true }), "event-invalid", "allDay"],
      [pushed.put("two", { rrule: "FREQ=SOMETIMES" }), "event-invalid", "SOMETIMES"],
      [pushed.put("two", { exdate: ["2026-06-02"] }), "event-invalid", "exdate"],
      [pushed.putIcs("two", ["BEGIN:VEVENT", "UID:three", "DTSTART:20260601T090000Z", "END:VEVENT"]), "event-invalid", "three"],
      [pushed.putIcs("two", ["BEGIN:VEVENT", "DTSTART:20260601T090000Z", "END:VEVENT"]), "event-invalid", "no UID"],
      [pushed.putIcs("two", ["BEGIN:VEVENT", "UID:two", "DTSTART:soon", "END:VEVENT"]), "event-invalid", "line 2"],
      [pushed.putIcs("two", []), "event-invalid", "no VEVENT"],
      [
        pushed.putIcs("one", [
          "BEGIN:VEVENT",
          "UID:one",
          "DTSTART:20260601T090000Z",
          "RECURRENCE-ID:20260601T090000Z",
          "END:VEVENT",
        ]),
        "event-invalid",
        "only overrides",
      ],
      [pushed.put("two", { uid: "three" }), "event-invalid", "as the address says"],
      [pushed.put("two;x", {}), "event-invalid", "semicolon"],
      [pushed.put("two\r\nX-EVIL:1", {}), "event-invalid", "control characters"],
      [pushed.delete("two"), "event-unknown", "two"],
      [pushed.delete("one", "20260601T090000Z"), "event-unknown", "it has none"],
    ];
    for (const [write, code, told] of wrong) {
      const refusal = await refusalOf(write);
      expect(refusal).toMatchObject({ code });
      expect(refusal.what).toContain(told);
    }
    expect(pushed.version()).toBe(1);
  });

  it("brings its own zone along: whoever else uses it is read by it, too; an IANA name needs none", async () => {
    const pushed = await Pushed.create();
    const zone = (offset: string, tzid = "Ship"): string[] => [
      "BEGIN:VTIMEZONE",
      `TZID:${tzid}`,
      "BEGIN:STANDARD",
      "DTSTART:19700101T000000",
      `TZOFFSETFROM:${offset}`,
      `TZOFFSETTO:${offset}`,
      "END:STANDARD",
      "END:VTIMEZONE",
    ];
    const event = (uid: string, tzid = "Ship"): string[] => [
      "BEGIN:VEVENT",
      `UID:${uid}`,
      `DTSTART;TZID=${tzid}:20260601T090000`,
      "END:VEVENT",
    ];
    await pushed.putIcs("one", [...zone("+0100"), ...event("one")]);
    expect(await pushed.putIcs("two", event("two"))).toMatchObject({ counts: { created: 1, updated: 0, skipped: 0 } });
    expect(await pushed.putIcs("three", [...zone("+0300"), ...event("three")])).toMatchObject({
      counts: { created: 1, updated: 2 },
    });
    await pushed.putIcs("four", [...zone("+0500", "Europe/Lisbon"), ...event("four", "Europe/Lisbon")]);
    expect(pushed.stage.snapshot(pushed.calendarId).timezones.map(({ tzid }) => tzid)).toEqual(["Ship"]);
    const whole = [...zone("+0300"), ...["one", "two", "three"].flatMap((uid) => event(uid)), ...event("four", "Europe/Lisbon")];
    expect(await pushed.replace(whole)).toMatchObject({ created: 0, updated: 0, deleted: 0 });
  });

  it("leaves no snapshots behind: those of old versions go after a day", async () => {
    const pushed = await Pushed.create();
    const countOf = (): number =>
      [...pushed.stage.world.objects.stored.keys()].filter((key) => key.startsWith("snapshots/")).length;
    for (let at = 0; at < 8; at += 1) await pushed.put("one", { summary: `Version ${at}` });
    expect(countOf()).toBe(8);
    pushed.stage.world.clock.minutes(25 * 60);
    for (let at = 8; at < 12; at += 1) await pushed.put("one", { summary: `Version ${at}` });
    expect(countOf()).toBeLessThan(8);
    expect(pushed.events().get("one")).toContain("Version 11");
  });

  it("survives the API's death after the commit: its follow-up finishes it", async () => {
    const pushed = await Pushed.create();
    await pushed.put("one", {});
    pushed.stage.disturb("changes.publish", async () => await Promise.reject(new Error("crash")));
    await expect(pushed.put("two", {})).rejects.toThrow("crash");
    await pushed.stage.import(pushed.stage.askedTask(pushed.calendarId, { reason: "mend" }));
    expect(pushed.stage.world.published.map(({ calendarVersion }) => calendarVersion)).toEqual([1, 2]);
    expect(pushed.stage.checkpoint(pushed.calendarId).pending).toBeUndefined();
  });
});

describe("optimistic concurrency", () => {
  it("If-Match race: of two writers with the same ETag of an event exactly one wins", async () => {
    const pushed = await Pushed.create();
    const ifMatch = tagOf(await pushed.put("one", { summary: "Zero" }));
    const writes = await Promise.allSettled(["A", "B"].map(async (summary) => await pushed.put("one", { summary }, { ifMatch })));
    expect(writes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const lost = writes.find((write) => write.status === "rejected");
    const won = writes.find((write) => write.status === "fulfilled");
    expect(lost?.reason).toMatchObject({
      code: "precondition-failed",
      details: { etag: won === undefined ? "" : tagOf(won.value) },
    });
    expect(pushed.version()).toBe(2);
  });

  it("If-Match race: of two whole PUTs or batches with the same version exactly one wins", async () => {
    const pushed = await Pushed.create();
    await pushed.put("one", {});
    const event = (uid: string): string[] => ["BEGIN:VEVENT", `UID:${uid}`, "DTSTART:20260601T090000Z", "END:VEVENT"];
    const operations = [{ op: "put", event: { uid: "three", start: "2026-06-01" } }];
    const conditions = { ifMatch: '"1"' };
    const writes = await Promise.allSettled([pushed.replace(event("two"), conditions), pushed.batch(operations, conditions)]);
    expect(writes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(pushed.version()).toBe(2);
  });

  it("writers of different events both win, one after the other", async () => {
    const pushed = await Pushed.create();
    const ifMatch = tagOf(await pushed.put("one", {}));
    await Promise.all([pushed.put("one", { summary: "A" }, { ifMatch }), pushed.put("two", {}, { ifNoneMatch: "*" })]);
    expect([...pushed.events().keys()]).toEqual(["one", "two"]);
    expect(pushed.version()).toBe(3);
  });

  it("If-None-Match: * only creates, If-Match: * only updates", async () => {
    const pushed = await Pushed.create();
    expect((await refusalOf(pushed.put("one", {}, { ifMatch: "*" }))).code).toBe("precondition-failed");
    await pushed.put("one", {}, { ifNoneMatch: "*" });
    expect((await refusalOf(pushed.put("one", { summary: "B" }, { ifNoneMatch: "*" }))).code).toBe("precondition-failed");
    await pushed.put("one", { summary: "C" }, { ifMatch: "*" });
    const weak = { ifMatch: `W/${tagOf(await pushed.put("one", { summary: "C" }))}` };
    expect((await refusalOf(pushed.delete("one", undefined, weak))).code).toBe("precondition-failed");
  });
});

describe("a batch", () => {
  it("batch all-or-nothing: one bad operation of many, and nothing is written; each problem is named by its index", async () => {
    const pushed = await Pushed.create();
    await pushed.put("one", { summary: "One" });
    pushed.stage.settle();
    const { world } = pushed.stage;
    const [objects, published] = [world.objects.writes, world.published.length];
    const refusal = await refusalOf(
      pushed.batch([
        { op: "put", event: { uid: "two", start: "2026-06-01" } },
        { op: "delete", uid: "nobody" },
        { op: "put", event: { uid: "one", start: "2026-06-01" }, ifMatch: '"stale"' },
        { op: "put", uid: "four", ics: "<html>" },
      ]),
    );
    expect(refusal.code).toBe("batch-refused");
    expect(refusal.details?.operations).toMatchObject([
      { index: 1, code: "event-unknown" },
      { index: 2, code: "precondition-failed", seen: 'If-Match ""stale""' },
      { index: 3, code: "event-invalid" },
    ]);
    expect(refusal.details?.operations?.[1]?.etag).toBe(refusal.details?.operations?.[1]?.wanted);
    expect([world.objects.writes, world.published.length, pushed.version()]).toEqual([objects, published, 1]);
  });

  it("is one version, one snapshot and one change set, whatever it does", async () => {
    const pushed = await Pushed.create();
    await pushed.batch([
      { op: "put", event: { uid: "one", start: "2026-06-01" } },
      { op: "put", event: { uid: "two", start: "2026-06-01" } },
    ]);
    const written = await pushed.batch([
      { op: "put", event: { uid: "three", start: "2026-06-01T10:00:00Z", duration: "PT1H" } },
      { op: "put", event: { uid: "one", start: "2026-06-02" } },
      { op: "delete", uid: "two" },
      { op: "put", uid: "four", ics: "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:four\nDTSTART:20260601\nEND:VEVENT\nEND:VCALENDAR" },
    ]);
    expect(written.counts).toEqual({ created: 2, updated: 1, deleted: 1, skipped: 0, calendarVersion: 2 });
    expect(written.outcomes.map(({ outcome }) => outcome)).toEqual(["created", "updated", "deleted", "created"]);
    expect([...pushed.events().keys()]).toEqual(["four", "one", "three"]);
  });

  it("of which a deletion and a put name the same event ends as the last one says", async () => {
    const pushed = await Pushed.create();
    await pushed.put("one", { summary: "One" });
    await pushed.batch([
      { op: "delete", uid: "one" },
      { op: "put", event: { uid: "one", start: "2026-06-01", summary: "Again" } },
    ]);
    expect(pushed.events().get("one")).toContain("Again");
    expect(pushed.stage.snapshot(pushed.calendarId).events[0]?.sequence).toBe(1);
  });
});

describe("a push calendar", () => {
  it("is cleared as one version, and a second time nothing is left to do", async () => {
    const pushed = await Pushed.create();
    await pushed.batch([
      { op: "put", event: { uid: "one", start: "2026-06-01" } },
      { op: "put", event: { uid: "two", start: "2026-06-01" } },
    ]);
    const clear = async (conditions: Conditions): Promise<unknown> =>
      await clearCalendar({ calendarId: pushed.calendarId, conditions }, pushed.stage.ports, pushed.stage.context());
    expect((await refusalOf(clear({ ifMatch: '"7"' }))).code).toBe("precondition-failed");
    expect(await clear({ ifMatch: '"1"' })).toMatchObject({ deleted: 2, calendarVersion: 2 });
    expect(await clear({})).toMatchObject({ deleted: 0, calendarVersion: 2 });
    const { calendarId } = await pushed.stage.plant();
    await expect(clearCalendar({ calendarId, conditions: {} }, pushed.stage.ports, pushed.stage.context())).rejects.toMatchObject(
      {
        code: "source-kind-wrong",
      },
    );
  });

  it("that would grow beyond its limit is refused", async () => {
    const pushed = await Pushed.create();
    const lines = Array.from({ length: 20_001 }, (_, at) => [
      "BEGIN:VEVENT",
      `UID:u${at}`,
      "DTSTART:20260601",
      "END:VEVENT",
    ]).flat();
    expect(await refusalOf(pushed.replace(lines))).toMatchObject({ code: "calendar-full", details: { seen: "20001 events" } });
    expect(pushed.version()).toBe(0);
  });
});

function isoOf(stamp = ""): string {
  return stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u, "$1-$2-$3T$4:$5:$6Z");
}
