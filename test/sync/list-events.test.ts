import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { EventInput } from "../../lib/contract/event-input.ts";
import { EventPage, EventsQuery } from "../../lib/contract/event-view.ts";
import type { EventView, OccurrenceView } from "../../lib/contract/event-view.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import type { EditedPush } from "../../lib/sync/edit-push.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { listFeedEvents } from "../../lib/sync/list-feed-events.ts";
import { listEvents, showEvent } from "../../lib/sync/list-events.ts";
import type { EventsAnswer } from "../../lib/sync/list-events.ts";
import { putEvent } from "../../lib/sync/put-event.ts";
import { putEvents } from "../../lib/sync/put-events.ts";
import { Stage } from "./stage.ts";

const NOW = new Date("2026-06-01T12:00:00.000Z");

class Shelf {
  readonly stage = new Stage();
  calendarId = "";

  static async of(...lines: readonly string[]): Promise<Shelf> {
    const shelf = new Shelf();
    const draft = CalendarDraft.parse({ name: "Team", source: { kind: "push" } });
    shelf.calendarId = (await createCalendar(draft, shelf.stage.ports, shelf.stage.context())).calendar.calendarId;
    if (lines.length > 0) await shelf.replace(lines);
    return shelf;
  }

  async replace(lines: readonly string[]): Promise<unknown> {
    const bytes = new TextEncoder().encode(["BEGIN:VCALENDAR", ...lines, "END:VCALENDAR"].join("\r\n"));
    const request = { calendarId: this.calendarId, bytes, contentType: undefined, replace: "all" as const };
    return await putEvents(request, this.stage.ports, this.stage.context());
  }

  async ask(query: Record<string, string | number> = {}, ifNoneMatch?: string): Promise<EventsAnswer> {
    return await listEvents(this.calendarId, { query: EventsQuery.parse(query), ifNoneMatch }, this.stage.ports, NOW);
  }

  async page(query: Record<string, string | number> = {}): Promise<EventPage> {
    return EventPage.parse((await this.ask(query)).page);
  }

  async occurrences(query: Record<string, string | number>): Promise<readonly OccurrenceView[]> {
    const page = await this.page(query);
    return page.kind === "occurrences" ? page.items : [];
  }

  /** Every page, one after the other. */
  async all(query: Record<string, string | number>): Promise<readonly { readonly uid: string }[]> {
    const items: { readonly uid: string }[] = [];
    let cursor: string | undefined;
    do {
      const page: EventPage = await this.page({ ...query, ...(cursor === undefined ? {} : { cursor }) });
      items.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return items;
  }

  async show(uid: string): Promise<{ readonly view: EventView; readonly ics: string }> {
    const { view, ics } = await showEvent(this.calendarId, uid, this.stage.ports);
    return { view, ics: ics() };
  }

  async putBack(uid: string, how: "json" | "ics"): Promise<EditedPush> {
    const { view, ics } = await this.show(uid);
    const body =
      how === "json"
        ? { kind: "json" as const, event: EventInput.parse(view) }
        : { kind: "ics" as const, bytes: new TextEncoder().encode(ics), contentType: "text/calendar" };
    const request = { calendarId: this.calendarId, uid, body, conditions: {} };
    return await putEvent(request, this.stage.ports, this.stage.context());
  }
}

function event(uid: string, ...lines: readonly string[]): string[] {
  return ["BEGIN:VEVENT", `UID:${uid}`, ...lines, "END:VEVENT"];
}

const SERIES = event(
  "daily",
  "DTSTART;TZID=Europe/Lisbon:20260601T090000",
  "DTEND;TZID=Europe/Lisbon:20260601T100000",
  "RRULE:FREQ=DAILY",
);
const MOVED = event("daily", "RECURRENCE-ID;TZID=Europe/Lisbon:20260602T090000", "DTSTART:20260602T150000Z", "SUMMARY:Moved");

describe("the events of a window", () => {
  it("are occurrences with what their event says, an override for what it stands for", async () => {
    const shelf = await Shelf.of(...SERIES, ...MOVED);
    expect(await shelf.occurrences({ from: "2026-06-01", to: "2026-06-03" })).toEqual([
      {
        uid: "daily",
        recurrenceId: "20260601T080000Z",
        start: "2026-06-01T08:00:00Z",
        end: "2026-06-01T09:00:00Z",
        allDay: false,
      },
      {
        uid: "daily",
        recurrenceId: "20260602T080000Z",
        start: "2026-06-02T15:00:00Z",
        end: "2026-06-02T15:00:00Z",
        allDay: false,
        summary: "Moved",
      },
    ]);
  });

  it("begin with those that go on when it begins", async () => {
    const shelf = await Shelf.of(
      ...event("fair", "DTSTART;VALUE=DATE:20260528", "DTEND;VALUE=DATE:20260604"),
      ...event("past", "DTSTART;VALUE=DATE:20260528", "DTEND;VALUE=DATE:20260601"),
    );
    const items = await shelf.occurrences({ from: "2026-06-01", to: "2026-06-02" });
    expect(items).toMatchObject([{ uid: "fair", allDay: true, startDate: "2026-05-28", endDate: "2026-06-04" }]);
  });

  it("lie in the zone that the caller or the calendar names", async () => {
    const shelf = await Shelf.of("X-WR-TIMEZONE:Asia/Tokyo", ...event("day", "DTSTART;VALUE=DATE:20260602"));
    const here = await shelf.occurrences({ from: "2026-06-02", to: "2026-06-03" });
    expect(here).toMatchObject([{ start: "2026-06-01T15:00:00Z", startDate: "2026-06-02" }]);
    const there = await shelf.occurrences({ from: "2026-06-02", to: "2026-06-03", zone: "America/Lima" });
    expect(there).toMatchObject([{ start: "2026-06-02T05:00:00Z", startDate: "2026-06-02" }]);
    await expect(shelf.ask({ zone: "Atlantis" })).rejects.toMatchObject({ code: "query-invalid" });
  });

  it("are today and a month on where no window is asked for, and at most 400 days", async () => {
    const shelf = await Shelf.of(...SERIES);
    expect(await shelf.page()).toMatchObject({ from: "2026-06-01T00:00:00.000Z", to: "2026-07-02T00:00:00.000Z", zone: "UTC" });
    await expect(shelf.ask({ from: "2026-01-01", to: "2028-01-01" })).rejects.toMatchObject({ code: "query-invalid" });
    await expect(shelf.ask({ from: "2026-01-01", to: "2026-01-01" })).rejects.toMatchObject({ code: "query-invalid" });
    await expect(shelf.ask({ cursor: "bm9uc2Vuc2U" })).rejects.toMatchObject({ code: "query-invalid" });
  });

  it("come in pages that put together are the whole, however many begin at once", async () => {
    const many = Array.from({ length: 7 }, (_, at) => event(`same-${at}`, "DTSTART:20260601T080000Z")).flat();
    const ongoing = Array.from({ length: 5 }, (_, at) =>
      event(`long-${at}`, `DTSTART:2026053${at % 2}T080000Z`, "DURATION:P9D"),
    ).flat();
    const shelf = await Shelf.of(...SERIES, ...MOVED, ...many, ...ongoing);
    const query = { from: "2026-06-01", to: "2026-06-09" };
    const whole = await shelf.occurrences({ ...query, limit: 200 });
    expect(whole).toHaveLength(5 + 7 + 8);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), async (limit) => {
        expect(await shelf.all({ ...query, limit })).toEqual(whole);
      }),
      { numRuns: 9 },
    );
  });

  it("cost one read where the caller has them already", async () => {
    const shelf = await Shelf.of(...SERIES);
    const { etag } = await shelf.ask({ limit: 5 });
    shelf.stage.calls.length = 0;
    expect(await shelf.ask({ limit: 5 }, `"other", W/${etag}`)).toEqual({ etag, page: "not-modified" });
    expect(shelf.stage.calls).toEqual(["calendars.load"]);
    expect((await shelf.ask({ limit: 6 }, etag)).page).not.toBe("not-modified");
    await shelf.replace(event("other", "DTSTART:20260601T080000Z"));
    expect((await shelf.ask({ limit: 5 }, etag)).page).not.toBe("not-modified");
  });

  it("are none in a calendar that nobody wrote to", async () => {
    const shelf = await Shelf.of();
    expect(await shelf.page()).toMatchObject({ items: [], calendarVersion: 0 });
    expect(await shelf.page({ expand: "false" })).toEqual({ kind: "events", items: [], calendarVersion: 0 });
  });
});

describe("the events of a feed", () => {
  async function masked(): Promise<{ shelf: Shelf; feedId: string }> {
    const shelf = await Shelf.of(...SERIES, ...event("one", "DTSTART:20260602T080000Z", "SUMMARY:Secret plan"));
    const { ports } = shelf.stage;
    const members = [{ calendarId: shelf.calendarId, mask: "busy" }];
    const context = { ...shelf.stage.context(), randomBytes: shelf.stage.world.randomBytes };
    const { feed } = await createFeed(FeedDraft.parse({ name: "Busy", members }), ports, context);
    return { shelf, feedId: feed.feedId };
  }
  async function ask(shelf: Shelf, feedId: string, query: object, ifNoneMatch?: string): Promise<EventsAnswer> {
    const { feeds, objects: published } = shelf.stage.ports;
    return await listFeedEvents(feedId, { query: EventsQuery.parse(query), ifNoneMatch }, { feeds, published }, NOW);
  }
  const WINDOW = { from: "2026-06-02", to: "2026-06-03" };

  it("are what subscribers see: masks applied, occurrences of a window, 304 for who has them", async () => {
    const { shelf, feedId } = await masked();
    await expect(ask(shelf, feedId, WINDOW)).rejects.toMatchObject({ code: "feed-unbuilt" });
    await shelf.stage.exportAll();
    const { etag, page } = await ask(shelf, feedId, WINDOW);
    expect(page).toMatchObject({ kind: "occurrences", revision: 1, items: [{ summary: "Busy" }, { summary: "Busy" }] });
    expect(JSON.stringify(page)).not.toContain("Secret");
    expect(await ask(shelf, feedId, WINDOW, etag)).toEqual({ etag, page: "not-modified" });
    expect((await ask(shelf, feedId, { expand: "false" })).page).toMatchObject({ kind: "events", items: [{}, {}] });
    await expect(ask(shelf, "nobody", WINDOW)).rejects.toMatchObject({ code: "feed-unknown" });
  });
});

describe("events as they stand", () => {
  it("are listed by UID, page by page, all or those of a window", async () => {
    const shelf = await Shelf.of(
      ...SERIES,
      ...MOVED,
      ...event("old", "DTSTART:20200601T080000Z"),
      ...event("a b", "DTSTART:20260701T080000Z"),
    );
    const uidsOf = async (query: Record<string, string | number>): Promise<string[]> =>
      (await shelf.all({ ...query, expand: "false" })).map(({ uid }) => uid);
    expect(await uidsOf({ limit: 1 })).toEqual(["a b", "daily", "old"]);
    expect(await uidsOf({ from: "2026-06-01", to: "2026-06-05" })).toEqual(["daily"]);
  });

  it("show their overrides, and by name what only the iCalendar shows", async () => {
    const shelf = await Shelf.of(
      ...event(
        "daily",
        ...SERIES.slice(2, -1),
        "EXDATE:20260605T080000Z",
        "CATEGORIES:A,B\\,C",
        "X-ROOM:7",
        "BEGIN:VALARM",
        "TRIGGER:-PT5M",
        "END:VALARM",
      ),
      ...MOVED,
    );
    expect((await shelf.show("daily")).view).toMatchObject({
      uid: "daily",
      start: "2026-06-01T09:00:00",
      end: "2026-06-01T10:00:00",
      zone: "Europe/Lisbon",
      rrule: "FREQ=DAILY",
      exdate: ["2026-06-05T09:00:00"],
      categories: ["A", "B,C"],
      others: ["VALARM", "X-ROOM"],
      overrides: [{ recurrenceId: "2026-06-02T09:00:00", start: "2026-06-02T15:00:00Z", summary: "Moved" }],
    });
    await expect(shelf.putBack("daily", "json")).rejects.toThrow("put the text/calendar");
    expect(await shelf.putBack("daily", "ics")).toMatchObject({ outcomes: [{ outcome: "unchanged" }] });
    await expect(shelf.show("nobody")).rejects.toMatchObject({ code: "event-unknown" });
  });

  it("can be put back as JSON or as the iCalendar, and nothing changes", async () => {
    const zone = [
      "BEGIN:VTIMEZONE",
      "TZID:Ship",
      "BEGIN:STANDARD",
      "DTSTART:19700101T000000",
      "TZOFFSETFROM:+0100",
      "TZOFFSETTO:+0100",
      "END:STANDARD",
      "END:VTIMEZONE",
    ];
    const shelf = await Shelf.of(
      ...zone,
      ...SERIES,
      ...MOVED,
      ...event("ship", "DTSTART;TZID=Ship:20260601T090000", "DURATION:PT1H", "SUMMARY:a\\, b\\; c\\nd", "STATUS:TENTATIVE"),
      ...event(
        "flight",
        "DTSTART;TZID=Europe/Lisbon:20260601T090000",
        "DTEND;TZID=Asia/Tokyo:20260602T060000",
        "URL:https://a.example/?b;c",
      ),
      ...event(
        "day",
        "DTSTART;VALUE=DATE:20260601",
        "RRULE:FREQ=WEEKLY;UNTIL=20261231",
        "EXDATE;VALUE=DATE:20260608",
        "RDATE;VALUE=DATE:20260609",
      ),
    );
    for (const uid of ["daily", "ship", "flight", "day"]) {
      for (const how of ["json", "ics"] as const) {
        expect({ uid, how, ...(await shelf.putBack(uid, how)) }).toMatchObject({
          uid,
          how,
          outcomes: [{ outcome: "unchanged" }],
          etag: '"1"',
        });
      }
    }
  });
});
