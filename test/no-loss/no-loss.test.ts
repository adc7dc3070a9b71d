import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { FailureCode } from "../../lib/contract/code.ts";
import { body, cutOff, NO_SUCH_HOST, SILENCE } from "./answers.ts";
import type { Answer } from "./answers.ts";
import { startFerry } from "./ferry.ts";
import type { Ferried, Ferry } from "./ferry.ts";
import { foldAt, mapLines, reorder, sampleEvents, write } from "./sample-feed.ts";

const EVENTS = sampleEvents(300);
const WHOLE = write(EVENTS);
const NONE = write([]);
const POLLS = 10;

let ferry: Ferry;
beforeAll(async () => {
  ferry = await startFerry();
});
afterAll(async () => await ferry.stop());

type Bad = {
  readonly name: string;
  readonly answer: Answer;
  readonly code: FailureCode;
  readonly end: "failed" | "deferred" | "held";
};

const failed = (name: string, code: FailureCode, answer: Answer): Bad => ({ name, answer, code, end: "failed" });
const held = (name: string, answer: Answer): Bad => ({ name, answer, code: "removal-held", end: "held" });

const BAD_ANSWERS: readonly Bad[] = [
  failed("a DNS failure", "source-dns", NO_SUCH_HOST),
  failed("a timeout", "source-timeout", SILENCE),
  failed("401", "source-unauthorized", body(NONE, 401)),
  failed("403", "source-forbidden", body(NONE, 403)),
  failed("404", "source-not-found", body(NONE, 404)),
  failed("410", "source-gone", body(NONE, 410)),
  { name: "429", code: "source-throttled", end: "deferred", answer: body(NONE, 429, { "retry-after": "60" }) },
  failed("500", "source-server-error", body(NONE, 500)),
  failed("206 with half of the body", "source-incomplete", body(WHOLE.slice(0, WHOLE.length / 2), 206)),
  failed("a connection that breaks off", "source-incomplete", cutOff(WHOLE)),
  failed(
    "an HTML page",
    "not-icalendar",
    body("<!DOCTYPE html><html><body>Sign in</body></html>", 200, { "content-type": "text/html" }),
  ),
  failed("an HTML page that shows an empty calendar", "not-icalendar", body(`<html><pre>\r\n${NONE}</pre></html>`)),
  failed("an empty body", "not-icalendar", body("")),
  failed("a truncated body", "not-icalendar", body(WHOLE.slice(0, WHOLE.length / 2))),
  failed(
    "a body truncated after whole events",
    "not-icalendar",
    body(write(EVENTS.slice(0, 150)).replace("END:VCALENDAR\r\n", "")),
  ),
  held("a valid calendar without events", body(NONE)),
  held("5 of the 300 events", body(write(EVENTS.slice(0, 5)))),
];

describe("nothing of 300 stored events is lost by", () => {
  test.each(BAD_ANSWERS)("$name: the feed's bytes stay and the state says $code", async ({ answer, code, end }) => {
    const { before, after } = await seeBefore(WHOLE, answer);
    expect(before).toMatchObject({ storedCount: 300, published: { eventCount: 300 }, checkpoint: { eventCount: 300 } });
    expect(after).toEqual({ ...before, checkpoint: expect.anything(), end, heard: [], givenUp: end === "failed" ? [code] : [] });
    expect(after.checkpoint).toMatchObject({ ...unmoved(before.checkpoint), outcome: { status: end, code } });
  });

  test("a valid calendar with 1 of 15 events", async () => {
    const { before, after } = await seeBefore(write(EVENTS.slice(0, 15)), body(write(EVENTS.slice(0, 1))));
    expect(before).toMatchObject({ storedCount: 15, published: { eventCount: 15 }, checkpoint: { eventCount: 15 } });
    expect(after).toEqual({ ...before, checkpoint: expect.anything(), end: "held", heard: [], givenUp: [] });
    expect(after.checkpoint).toMatchObject({ ...unmoved(before.checkpoint), outcome: { status: "held", code: "removal-held" } });
  });
});

/** What there is after a good answer, and what after a bad one that follows it. */
async function seeBefore(good: string, bad: Answer): Promise<{ before: Seen; after: Seen }> {
  const calendar = await ferry.add(body(good));
  const before = await see(calendar, "imported");
  const end = await calendar.poll(bad);
  return { before, after: await see(calendar, end.kind === "done" ? end.status : end.kind) };
}

type Seen = Awaited<ReturnType<typeof see>>;

async function see(calendar: Ferried, end: string) {
  return {
    end,
    published: await calendar.publish(),
    storedCount: await calendar.storedCount(),
    checkpoint: await calendar.checkpoint(),
    heard: await calendar.heard(),
    givenUp: await calendar.givenUp(),
  };
}

function unmoved({ calendarVersion, snapshotKey, contentHash, eventCount }: Checkpoint): Partial<Checkpoint> {
  return { calendarVersion, snapshotKey, contentHash, eventCount };
}

describe(`over ${POLLS} polls no subscriber and no app hears of`, () => {
  const stamp = (poll: number): string => `DTSTAMP:202605${String(poll + 10)}T120000Z`;
  const unnamed = mapLines(EVENTS, (line) => (line.startsWith("UID:") ? undefined : line));
  test.each<[string, (poll: number) => string]>([
    ["new DTSTAMPs", (poll) => write(mapLines(EVENTS, (line) => (line.startsWith("DTSTAMP:") ? stamp(poll) : line)))],
    ["components and properties in another order", (poll) => write(reorder(EVENTS, poll))],
    ["lines folded elsewhere", (poll) => write(EVENTS, foldAt(20 + poll))],
    [
      "all UIDs new",
      (poll) => write(mapLines(EVENTS, (line, event) => (line.startsWith("UID:") ? `UID:${poll}-${event}@new.test` : line))),
    ],
    [
      "no UIDs at all, in another order and with new DTSTAMPs",
      (poll) => write(mapLines(reorder(unnamed, poll), (line) => (line.startsWith("DTSTAMP:") ? stamp(poll) : line))),
    ],
  ])("%s", async (_name, bodyOf) => {
    const calendar = await ferry.add(body(bodyOf(0)));
    const before = await calendar.publish();
    for (let poll = 1; poll <= POLLS; poll += 1) {
      const end = await calendar.poll(body(bodyOf(poll)));
      expect(end.kind === "done" && (end.status === "unchanged" || end.status === "imported")).toBe(true);
    }
    expect(await calendar.heard()).toEqual([]);
    const after = await calendar.publish();
    expect(after.etag).toBe(before.etag);
    expect(after.ics).toBe(before.ics);
    expect(after.eventCount).toBe(300);
  });
});

test("one edited title is one change with SEQUENCE + 1, and every other event keeps its bytes", async () => {
  const calendar = await ferry.add(body(WHOLE));
  const before = await calendar.publish();
  const edited = mapLines(EVENTS, (line, event) =>
    event === 42 && line.startsWith("SUMMARY:") ? "SUMMARY:Another title" : line,
  );

  expect(await calendar.poll(body(write(reorder(edited, 3))))).toMatchObject({ status: "imported" });
  expect(await calendar.run()).toMatchObject({ status: "imported", created: 0, updated: 1, deleted: 0 });

  const after = await calendar.publish();
  const [old, young] = [blocksOf(before.ics), blocksOf(after.ics)];
  const moved = [...young].filter(([uid, block]) => old.get(uid) !== block).map(([uid]) => uid);
  expect(young.size).toBe(300);
  expect(moved).toEqual(["event-42@source.test"]);
  expect(old.get("event-42@source.test")).toContain("\r\nSEQUENCE:0\r\n");
  expect(young.get("event-42@source.test")).toContain("\r\nSEQUENCE:1\r\n");
  expect(young.get("event-42@source.test")).toContain("\r\nSUMMARY:Another title\r\n");
  expect(after.etag).not.toBe(before.etag);
  expect(await calendar.heard()).toMatchObject([{ kind: "updated", uid: "event-42@source.test", sequence: 1 }]);
});

function blocksOf(ics: string): Map<string, string> {
  const blocks = ics.match(/BEGIN:VEVENT\r\n[\s\S]*?END:VEVENT\r\n/gu) ?? [];
  return new Map(blocks.map((block) => [/^UID:(.*)\r$/mu.exec(block)?.[1] ?? "", block]));
}
