/** Examples of the routes of events. */
import { feedOfAnn, icsOfAnn, pushOfAnn } from "./ann.ts";
import type { Memory } from "./memory-services.ts";
import type { ExampleRequest, RouteExample } from "./route-example.ts";

const UID_OF_ANN = "e1@example.org";

async function inPush(memory: Memory, rest: ExampleRequest = {}): Promise<ExampleRequest> {
  return { ...rest, params: { calendarId: await pushOfAnn(memory), ...rest.params } };
}

export const eventExamples: readonly RouteExample[] = [
  {
    operationId: "listEvents",
    prepare: async (memory) => await inPush(memory, { query: "from=2040-01-01&to=2041-01-01&limit=2" }),
  },
  {
    operationId: "putEvents",
    prepare: async (memory) =>
      await inPush(memory, { headers: { "content-type": "text/calendar", "if-match": '"1"' }, body: icsOfAnn(5) }),
  },
  {
    operationId: "applyBatch",
    prepare: async (memory) => {
      const event = { uid: "order-7", summary: "Delivery", start: "2026-05-06T10:00:00", zone: "Europe/Lisbon" };
      return await inPush(memory, { body: { operations: [{ op: "put", event }] } });
    },
  },
  {
    operationId: "putEvent",
    prepare: async (memory) => {
      const body = { summary: "Delivery", start: "2026-05-06T10:00:00Z", duration: "PT1H" };
      return await inPush(memory, { params: { uid: "order/8" }, headers: { "if-none-match": "*" }, body });
    },
  },
  {
    operationId: "spreadEvent",
    prepare: async (memory) => {
      await pushOfAnn(memory);
      return {
        body: { action: "put", uid: "closed", event: { summary: "Closed", start: "2026-12-24" }, filter: { metadata: {} } },
      };
    },
  },
  {
    operationId: "listFeedEvents",
    prepare: async (memory) => {
      const { feedId } = await feedOfAnn(memory);
      const objectKey = `feeds/${feedId}/1.ics`;
      memory.objects.set(objectKey, icsOfAnn());
      memory.builds.set(feedId, { version: 1, feedId, revision: 1, renderer: 1, members: {}, objectKey, etag: '"built"' });
      return { params: { feedId }, query: "from=2040-01-01&to=2041-01-01" };
    },
  },
  { operationId: "getEvent", prepare: async (memory) => await inPush(memory, { params: { uid: UID_OF_ANN } }) },
  { operationId: "deleteEvent", prepare: async (memory) => await inPush(memory, { params: { uid: UID_OF_ANN } }) },
];
