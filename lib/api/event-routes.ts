/** /v1/calendars/{calendarId}/events: look at one event of any calendar, write those of push calendars; lists stand beside. */
import * as z from "zod";

import { ChangeCounts } from "../contract/calendar-view.ts";
import { DeleteEventQuery, EventBatch, EventInput } from "../contract/event-input.ts";
import { EventView, WrittenBatch, WrittenEvent } from "../contract/event-view.ts";
import { PutEventsQuery } from "../contract/page.ts";
import type { EventBody } from "../core/edit-events.ts";
import { calendarTag, isNamed } from "../core/event-tag.ts";
import type { Conditions } from "../core/event-tag.ts";
import { applyBatch } from "../sync/apply-batch.ts";
import { deleteEvent } from "../sync/delete-event.ts";
import type { EditedPush } from "../sync/edit-push.ts";
import { showEvent } from "../sync/list-events.ts";
import { putEvent } from "../sync/put-event.ts";
import { putEvents } from "../sync/put-events.ts";
import { eventListRoutes } from "./event-list-routes.ts";
import { route } from "./route.ts";
import type { EitherBody, Route } from "./route.ts";

const MEDIA = "text/calendar";
const ETAG = { etag: "What If-Match says of it next time." };
const Condition = z.string().min(1).max(1000).optional();
const WriteHeaders = z.object({ "if-match": Condition, "if-none-match": Condition });
const WRITE_CODES = ["source-kind-wrong", "precondition-failed", "calendar-full", "write-contended"] as const;

const putAllRoute = route({
  method: "PUT",
  path: "/v1/calendars/{calendarId}/events",
  operationId: "putEvents",
  summary: "Replace every event of a push calendar by those of one iCalendar",
  description:
    "A body that would remove more than half of the events is refused unless `replace=all` says that it is meant. If-Match names the calendar's version, `If-None-Match: *` a calendar that nobody wrote to yet.",
  tag: "events",
  scope: "owner",
  query: PutEventsQuery,
  headers: WriteHeaders,
  body: { media: MEDIA, says: "One whole iCalendar, BEGIN:VCALENDAR to END:VCALENDAR." },
  answers: { 200: { says: "What changed.", schema: ChangeCounts, headers: ETAG } },
  codes: ["body-invalid", "removal-refused", ...WRITE_CODES],
  run: async ({ params: { calendarId }, query, headers, body }, services) => {
    const request = { calendarId, ...body, replace: query.replace ?? "guarded", conditions: conditionsIn(headers) } as const;
    const counts = await putEvents(request, services, services);
    return { status: 200, body: counts, headers: { etag: calendarTag(counts.calendarVersion) } };
  },
});

const batchRoute = route({
  method: "POST",
  path: "/v1/calendars/{calendarId}/events/batch",
  operationId: "applyBatch",
  summary: "Put and delete events of a push calendar, whole or not at all",
  description:
    "The operations are done in their order as one version. One that cannot be done refuses the batch, which names each of them by its index. If-Match names the calendar's version, `ifMatch` of an operation its event's ETag before the batch.",
  tag: "events",
  scope: "owner",
  headers: WriteHeaders,
  body: { schema: EventBatch },
  answers: { 200: { says: "What came of each operation.", schema: WrittenBatch, headers: { etag: "Of the calendar." } } },
  codes: ["batch-refused", ...WRITE_CODES],
  run: async ({ params: { calendarId }, headers, body: batch }, services) => {
    const { counts, outcomes, etag } = await applyBatch(
      { calendarId, batch, conditions: conditionsIn(headers) },
      services,
      services,
    );
    const { created, updated, deleted, calendarVersion } = counts;
    return { status: 200, body: { created, updated, deleted, calendarVersion, operations: outcomes }, headers: { etag } };
  },
});

const showRoute = route({
  method: "GET",
  path: "/v1/calendars/{calendarId}/events/{uid}",
  operationId: "getEvent",
  summary: "Look at one event with its overrides",
  description: "`Accept: text/calendar` gives the iCalendar, which has what JSON does not show. Either can be put back.",
  tag: "events",
  scope: "owner",
  headers: z.object({ accept: z.string().max(1000).optional(), "if-none-match": Condition }),
  answers: {
    200: { says: "The event.", schema: EventView, media: MEDIA, headers: ETAG },
    304: { says: "It is as the caller has it.", headers: ETAG },
  },
  codes: ["event-unknown"],
  run: async ({ params: { calendarId, uid }, headers }, services) => {
    const { view, ics } = await showEvent(calendarId, uid, services);
    const ifNoneMatch = headers["if-none-match"];
    const shown = { etag: view.etag, vary: "accept" };
    if (ifNoneMatch !== undefined && isNamed(ifNoneMatch, view.etag, "weak")) return { status: 304, headers: shown };
    return { status: 200, body: headers.accept?.includes(MEDIA) === true ? ics() : view, headers: shown };
  },
});

const putRoute = route({
  method: "PUT",
  path: "/v1/calendars/{calendarId}/events/{uid}",
  operationId: "putEvent",
  summary: "Put one event of a push calendar with its overrides",
  description:
    "The body is the whole event: what it does not say is gone. If-Match names the event's ETag, `If-None-Match: *` only creates.",
  tag: "events",
  scope: "owner",
  headers: WriteHeaders,
  body: { schema: EventInput, media: MEDIA, says: "One VCALENDAR with the master and all its overrides, all of this UID." },
  answers: {
    200: { says: "It was there before.", schema: WrittenEvent, headers: ETAG },
    201: { says: "It is new.", schema: WrittenEvent, headers: ETAG },
  },
  codes: ["event-invalid", ...WRITE_CODES],
  run: async ({ params: { calendarId, uid }, headers, body }, services) => {
    const request = { calendarId, uid, body: bodyOf(body), conditions: conditionsIn(headers) };
    const written = writtenOf(uid, await putEvent(request, services, services));
    const status = written.outcome === "created" ? 201 : 200;
    return { status, body: written, headers: written.etag === undefined ? {} : { etag: written.etag } };
  },
});

const deleteRoute = route({
  method: "DELETE",
  path: "/v1/calendars/{calendarId}/events/{uid}",
  operationId: "deleteEvent",
  summary: "Delete one event of a push calendar, or one override of it",
  description: "With `recurrenceId` the occurrence is then as its series says.",
  tag: "events",
  scope: "owner",
  query: DeleteEventQuery,
  headers: WriteHeaders,
  answers: { 200: { says: "What is left of it.", schema: WrittenEvent } },
  codes: ["event-unknown", ...WRITE_CODES],
  run: async ({ params: { calendarId, uid }, query: { recurrenceId }, headers }, services) => {
    const request = { calendarId, uid, recurrenceId, conditions: conditionsIn(headers) };
    return { status: 200, body: writtenOf(uid, await deleteEvent(request, services, services)) };
  },
});

export const eventRoutes: readonly Route[] = [...eventListRoutes, putAllRoute, batchRoute, showRoute, putRoute, deleteRoute];

function conditionsIn(headers: z.infer<typeof WriteHeaders>): Conditions {
  return { ifMatch: headers["if-match"], ifNoneMatch: headers["if-none-match"] };
}

function bodyOf(body: EitherBody<EventInput>): EventBody {
  if (body.kind === "json") return { kind: "json", event: body.value };
  return { kind: "ics", bytes: body.bytes, contentType: body.contentType };
}

function writtenOf(uid: string, { counts, outcomes: [outcome] }: EditedPush): WrittenEvent {
  return { ...(outcome ?? { uid, outcome: "unchanged" }), calendarVersion: counts.calendarVersion };
}
