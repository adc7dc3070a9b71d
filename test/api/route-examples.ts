/** An example of every route; the frame's own stand here, others in a file of their topic. */
import { keyIdOf } from "../../lib/core/keys.ts";
import { hashSecret } from "../../lib/core/secret.ts";
import { syncNow } from "../../lib/sync/sync-now.ts";
import { calendarOfAnn, feedOfAnn, holdOfAnn, letterOfAnn, pushOfAnn } from "./ann.ts";
import { bulkExamples } from "./bulk-examples.ts";
import { calendarChangeExamples } from "./calendar-change-examples.ts";
import { changeExamples } from "./change-examples.ts";
import { downloadExamples } from "./download-examples.ts";
import { eventExamples } from "./event-examples.ts";
import { changeFeedExamples } from "./feed-examples.ts";
import { ANN_KEY } from "./memory-services.ts";
import type { Memory } from "./memory-services.ts";
import type { ExampleRequest, RouteExample } from "./route-example.ts";
import { ownerExamples } from "./owner-examples.ts";
import { timeExamples } from "./time-examples.ts";
import { usageExamples } from "./usage-examples.ts";

const NONE: RouteExample["prepare"] = async () => ({});
const CALENDAR = async (memory: Memory): Promise<ExampleRequest> => ({ params: { calendarId: await calendarOfAnn(memory) } });
const LETTER = async (memory: Memory): Promise<ExampleRequest> => ({ params: { letterId: await letterOfAnn(memory) } });
const KEY = async (): Promise<ExampleRequest> => ({ params: { keyId: keyIdOf({ keyHash: hashSecret(ANN_KEY) }) } });
const HOLD = async (memory: Memory): Promise<ExampleRequest> => {
  const { calendarId, holdId } = await holdOfAnn(memory);
  return { params: { calendarId }, body: { holdId } };
};

const calendarExamples: readonly RouteExample[] = [
  {
    operationId: "createCalendar",
    prepare: async () => ({ body: { name: "New", source: { kind: "url", url: "https://calendars.example/new.ics" } } }),
  },
  {
    operationId: "listCalendars",
    prepare: async (memory) => {
      await pushOfAnn(memory);
      return await CALENDAR(memory).then(() => ({ query: "limit=5" }));
    },
  },
  { operationId: "getCalendar", prepare: async (memory) => ({ params: { calendarId: await pushOfAnn(memory) } }) },
  { operationId: "removeCalendar", prepare: CALENDAR },
  { operationId: "pauseCalendar", prepare: CALENDAR },
  { operationId: "resumeCalendar", prepare: CALENDAR },
  { operationId: "listVersions", prepare: async (memory) => ({ params: { calendarId: await pushOfAnn(memory) } }) },
  {
    operationId: "rollbackCalendar",
    prepare: async (memory) => ({ params: { calendarId: await pushOfAnn(memory) }, body: { toVersion: 1 } }),
  },
];

const runExamples: readonly RouteExample[] = [
  { operationId: "syncCalendar", prepare: CALENDAR },
  {
    operationId: "listRuns",
    prepare: async (memory) => {
      const calendarId = await calendarOfAnn(memory);
      await syncNow(calendarId, memory.services, memory.services);
      return { params: { calendarId } };
    },
  },
  {
    operationId: "getRun",
    prepare: async (memory) => {
      const calendarId = await calendarOfAnn(memory);
      const { runId } = await syncNow(calendarId, memory.services, memory.services);
      return { params: { calendarId, runId } };
    },
  },
];

const holdExamples: readonly RouteExample[] = [
  { operationId: "listHolds", prepare: async (memory) => await holdOfAnn(memory).then(() => ({})) },
  { operationId: "getHold", prepare: async (memory) => ({ params: { calendarId: (await holdOfAnn(memory)).calendarId } }) },
  { operationId: "approveHold", prepare: HOLD },
  { operationId: "rejectHold", prepare: HOLD },
];

const feedExamples: readonly RouteExample[] = [
  {
    operationId: "createFeed",
    prepare: async (memory) => ({ body: { name: "New", members: [{ calendarId: await calendarOfAnn(memory) }] } }),
  },
  { operationId: "listFeeds", prepare: async (memory) => await feedOfAnn(memory).then(() => ({})) },
  { operationId: "getFeed", prepare: async (memory) => ({ params: { feedId: (await feedOfAnn(memory)).feedId } }) },
];

const letterExamples: readonly RouteExample[] = [
  { operationId: "listLetters", prepare: async (memory) => await letterOfAnn(memory).then(() => ({})) },
  { operationId: "getLetter", prepare: LETTER },
  { operationId: "replayLetter", prepare: LETTER },
  { operationId: "acknowledgeLetter", prepare: async (memory) => ({ ...(await LETTER(memory)), body: { why: "looking" } }) },
  { operationId: "discardLetter", prepare: async (memory) => ({ ...(await LETTER(memory)), body: { why: "host gone" } }) },
];

const keyExamples: readonly RouteExample[] = [
  { operationId: "createKey", prepare: async () => ({ body: { label: "app", expiresAt: "2027-01-01T00:00:00Z" } }) },
  { operationId: "listKeys", prepare: NONE },
  { operationId: "getKey", prepare: KEY },
  { operationId: "revokeKey", prepare: KEY },
];

const systemExamples: readonly RouteExample[] = ["getHealth", "getOpenApi", "getDocs"].map((operationId) => ({
  operationId,
  prepare: NONE,
}));

export const EXAMPLES: readonly RouteExample[] = [
  ...calendarExamples,
  ...calendarChangeExamples,
  ...bulkExamples,
  ...eventExamples,
  ...runExamples,
  ...changeExamples,
  ...holdExamples,
  ...feedExamples,
  ...changeFeedExamples,
  ...letterExamples,
  ...downloadExamples,
  ...timeExamples,
  ...keyExamples,
  ...ownerExamples,
  ...usageExamples,
  ...systemExamples,
];
