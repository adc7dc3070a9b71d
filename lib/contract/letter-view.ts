/** What people and programs are shown of a dead letter: never the message as it was sent, which may hold anything when nobody can read it. */
import * as z from "zod";

import { Letter } from "./letter.ts";
import { Task } from "./task.ts";

export const LetterView = Letter.omit({ body: true, bodyKey: true, messageIds: true })
  .extend({
    task: Task.optional().describe("what the message asked for"),
    bodyBytes: z.number().int().nonnegative().optional().describe("size of a message that is no task"),
  })
  .meta({ id: "Letter", description: "A dead letter: a task that gave up, why, how often and since when." });
export type LetterView = z.infer<typeof LetterView>;

export const ReplayAnswer = z.object({
  letterId: z.string(),
  state: z.literal("replaying"),
  taskId: z.string(),
  startAt: z.string().describe("when the host may be asked"),
});
