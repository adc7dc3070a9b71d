/** /v1/events/spread: one event in many push calendars. */
import { EventSpread, SpreadReport } from "../contract/event-spread.ts";
import { spreadEvent } from "../sync/spread-event.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const spreadRoute = route({
  method: "POST",
  path: "/v1/events/spread",
  operationId: "spreadEvent",
  summary: "Put one event into many push calendars, or withdraw it",
  description:
    "Works through the owner's push calendars that the filter means, some twenty a call: repeat the call with the answer's `cursor` until there is none. Each calendar is a version of its own; one that has the event already, or has it no longer, is left as it is.",
  tag: "events",
  scope: "owner",
  body: { schema: EventSpread },
  answers: { 200: { says: "What this part came to, calendar by calendar.", schema: SpreadReport } },
  codes: [],
  run: async ({ body }, services) => ({ status: 200, body: await spreadEvent(body, services, services) }),
});

export const spreadRoutes: readonly Route[] = [spreadRoute];
