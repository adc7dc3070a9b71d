/** Examples of what is done to a feed, its members and its links. */
import { createLink } from "../../lib/sync/create-link.ts";
import { linkIdOf } from "../../lib/core/links.ts";
import { calendarOfAnn, feedOfAnn, SECRET_OF_ANN } from "./ann.ts";
import type { Memory } from "./memory-services.ts";
import type { ExampleRequest, RouteExample } from "./route-example.ts";

const FEED = async (memory: Memory): Promise<ExampleRequest> => ({ params: { feedId: (await feedOfAnn(memory)).feedId } });
const LINK = async (memory: Memory): Promise<ExampleRequest> => {
  const { feedId } = await feedOfAnn(memory);
  const { link } = await createLink(feedId, { label: SECRET_OF_ANN }, memory.services, memory.services);
  return { params: { feedId, linkId: linkIdOf(link) } };
};

export const changeFeedExamples: readonly RouteExample[] = [
  {
    operationId: "patchFeed",
    prepare: async (memory) => ({
      ...(await FEED(memory)),
      body: {
        name: `${SECRET_OF_ANN} 2`,
        color: null,
        policy: { futureDays: 90 },
        filters: { categories: { exclude: ["Private"] } },
      },
    }),
  },
  { operationId: "removeFeed", prepare: FEED },
  { operationId: "listMembers", prepare: FEED },
  {
    operationId: "setMembers",
    prepare: async (memory) => ({
      ...(await FEED(memory)),
      body: { members: [{ calendarId: await calendarOfAnn(memory), mask: "busy", filters: { allDay: "drop", futureDays: 30 } }] },
    }),
  },
  {
    operationId: "putMember",
    prepare: async (memory) => ({
      params: { feedId: (await feedOfAnn(memory)).feedId, calendarId: await calendarOfAnn(memory) },
      body: { mask: "titles", position: 0, filters: { keywords: { include: ["yoga"] } } },
    }),
  },
  { operationId: "removeMember", prepare: async (memory) => ({ params: { ...(await feedOfAnn(memory)) } }) },
  {
    operationId: "createLink",
    prepare: async (memory) => ({
      ...(await FEED(memory)),
      query: "qr=svg",
      body: { label: `phone ${SECRET_OF_ANN}`, expiresAt: "2030-01-01T00:00:00Z" },
    }),
  },
  {
    operationId: "listLinks",
    prepare: async (memory) => ({ params: { feedId: (await LINK(memory)).params?.["feedId"] ?? "" } }),
  },
  { operationId: "rotateLink", prepare: async (memory) => ({ ...(await LINK(memory)), query: "graceDays=3" }) },
  { operationId: "revokeLink", prepare: LINK },
];
