/** Body of every answer of the API that is not a success (RFC 9457). */
import * as z from "zod";

export const Problem = z
  .object({
    type: z.string().describe("urn:calferry:problem: and the code"),
    title: z.string(),
    status: z.number().int(),
    code: z.string().describe("the heading of the runbook that says more"),
    detail: z.string().describe("what went wrong: the value seen and the value wanted"),
    next: z.string().describe("what to do now"),
    seen: z.string().optional().describe("where it is about one value"),
    wanted: z.string().optional(),
    etag: z.string().optional().describe("of the thing as it stands, where If-Match named another"),
    calendarId: z.string().optional(),
    calendarVersion: z.number().int().optional(),
    operations: z
      .array(
        z.object({
          index: z.number().int().describe("from 0"),
          code: z.string(),
          detail: z.string(),
          seen: z.string(),
          wanted: z.string(),
          etag: z.string().optional(),
        }),
      )
      .readonly()
      .optional()
      .describe("what is wrong with which operations of a batch"),
  })
  .meta({ id: "Problem", description: "A refusal or a failure; nothing was changed unless it says so." });
export type Problem = z.infer<typeof Problem>;
