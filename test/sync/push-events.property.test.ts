import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { EventInput } from "../../lib/contract/event-input.ts";
import type { EventOperation } from "../../lib/contract/event-input.ts";
import { eventText } from "../../lib/core/event-text.ts";
import { applyBatch } from "../../lib/sync/apply-batch.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { deleteEvent } from "../../lib/sync/delete-event.ts";
import { putEvent } from "../../lib/sync/put-event.ts";
import { putEvents } from "../../lib/sync/put-events.ts";
import { Stage } from "./stage.ts";

/** Few values for each field, so that equal events and repeated UIDs are common. */
const fields = fc.record(
  {
    start: fc.constantFrom("2026-06-01T09:00:00", "2026-06-02T09:00:00"),
    summary: fc.constantFrom("One", "Two, and; more", ""),
    zone: fc.constantFrom("Europe/Lisbon", "UTC"),
    rrule: fc.constantFrom("FREQ=DAILY;COUNT=5", "FREQ=WEEKLY"),
    exdate: fc.constantFrom([], ["2026-06-08T09:00:00"]),
    categories: fc.constantFrom(["Work"], ["A,B", "C"]),
    overrides: fc.constantFrom([], [{ recurrenceId: "2026-06-02T09:00:00", start: "2026-06-02T12:00:00Z", summary: "Moved" }]),
  },
  { requiredKeys: ["start"] },
);
const uid = fc.constantFrom("a", "b/2", "c%d", "d", "e");
type Step = { readonly uid: string; readonly fields: unknown };
const step: fc.Arbitrary<Step> = fc.record({ uid, fields: fc.option(fields, { nil: undefined, freq: 3 }) });
/** A list is a batch, a list of one sometimes a write of its own. */
const writes = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 });

type Model = Map<string, EventInput>;

/** What is done of the steps: an event that is not there is not deleted. */
function operationsOf(some: readonly Step[], model: Model): EventOperation[] {
  return some.flatMap(({ uid: own, fields: given }): EventOperation[] => {
    if (given === undefined) return model.delete(own) ? [{ op: "delete", uid: own }] : [];
    const event = { ...EventInput.parse(given), uid: own };
    model.set(own, event);
    return [{ op: "put", event }];
  });
}

async function write(stage: Stage, calendarId: string, operations: readonly EventOperation[]): Promise<void> {
  const [first] = operations;
  if (first === undefined) return;
  if (operations.length > 1) {
    await applyBatch({ calendarId, batch: { operations: [...operations] }, conditions: {} }, stage.ports, stage.context());
  } else if (first.op === "delete") {
    await deleteEvent({ calendarId, uid: first.uid, recurrenceId: undefined, conditions: {} }, stage.ports, stage.context());
  } else if ("event" in first) {
    const body = { kind: "json" as const, event: first.event };
    await putEvent({ calendarId, uid: first.event.uid, body, conditions: {} }, stage.ports, stage.context());
  }
}

async function pushCalendar(stage: Stage): Promise<string> {
  const draft = CalendarDraft.parse({ source: { kind: "push" } });
  return (await createCalendar(draft, stage.ports, stage.context())).calendar.calendarId;
}

function meaningsOf(stage: Stage, calendarId: string): string[] {
  return stage
    .snapshot(calendarId)
    .events.map(({ uid: own, recurrenceId, meaning, text }) => JSON.stringify([own, recurrenceId, meaning, text]));
}

function textOf(own: string, event: EventInput): string {
  const text = eventText(event, own);
  return typeof text === "string" ? text : text.detail;
}

/** What an app holds that only hears the changes, version by version. */
function folded(stage: Stage, calendarId: string): Map<string, string> {
  const held = new Map<string, string>();
  const messages = stage.world.published.filter((one) => one.calendarId === calendarId);
  const steps = new Map(messages.map(({ calendarVersion, previousVersion }) => [calendarVersion, previousVersion]));
  expect([...steps.values()]).toEqual([0, ...steps.keys()].slice(0, -1));
  for (const message of messages) {
    for (const { uid: own, recurrenceId = "", sequence, text } of message.changes ?? []) {
      if (text === undefined) held.delete(`${own} ${recurrenceId}`);
      else held.set(`${own} ${recurrenceId}`, `${sequence} ${text}`);
    }
  }
  return held;
}

describe("any sequence of single puts, deletes and batches", () => {
  it("ends in the same events as one whole PUT of its result, and its changes in their order say the same", async () => {
    await fc.assert(
      fc.asyncProperty(writes, async (all) => {
        const stage = new Stage();
        const calendarId = await pushCalendar(stage);
        const model: Model = new Map();
        for (const some of all) await write(stage, calendarId, operationsOf(some, model));
        fc.pre(stage.checkpoint(calendarId).calendarVersion > 0);
        const whole = await pushCalendar(stage);
        const texts = [...model].map(([own, event]) => textOf(own, event));
        const body = ["BEGIN:VCALENDAR", ...texts.map((text) => text.split("\n").slice(1, -1).join("\n")), "END:VCALENDAR"];
        const bytes = new TextEncoder().encode(body.join("\n"));
        const request = { bytes, contentType: undefined, replace: "all" as const };
        await putEvents({ ...request, calendarId: whole }, stage.ports, stage.context());
        expect(meaningsOf(stage, calendarId)).toEqual(meaningsOf(stage, whole));
        const { events } = stage.snapshot(calendarId);
        const shown = new Map(
          events.map((event) => [`${event.uid} ${event.recurrenceId ?? ""}`, `${event.sequence} ${event.text}`]),
        );
        expect(folded(stage, calendarId)).toEqual(shown);
        const again = await putEvents({ ...request, calendarId }, stage.ports, stage.context());
        expect(again).toMatchObject({ created: 0, updated: 0, deleted: 0 });
      }),
      { numRuns: 60 },
    );
  });
});
