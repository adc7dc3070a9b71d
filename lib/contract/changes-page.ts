/** One page of what changed in a calendar after a version. */
import * as z from "zod";

import { ChangeMessage } from "./change.ts";
import { ImportFinished } from "./life.ts";
import { pageOf } from "./page.ts";

const Message = z
  .discriminatedUnion("kind", [
    ChangeMessage.meta({ id: "ChangeMessage", description: "One part of the changes that lead from a version to another." }),
    ImportFinished.meta({ id: "ImportFinished", description: "All parts of a version; with parts 0 no event changed." }),
  ])
  .meta({ description: "As the topic sent it; every change is in it, however large." });

export const ChangesPage = pageOf(Message).extend({
  calendarVersion: z.number().int().nonnegative().describe("the version that the calendar has now"),
});
export type ChangesPage = z.infer<typeof ChangesPage>;
