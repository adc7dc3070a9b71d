/** What GET /v1/health says: that the API answers, and to operators how the deployment does. */
import * as z from "zod";

export const HealthView = z
  .object({
    status: z.literal("ok"),
    at: z.string(),
    details: z
      .object({
        coveredUntil: z.string().optional().describe("the last minute whose turns were sent; absent before the first tick"),
        tickAgeSeconds: z.number().int().nonnegative().optional().describe("since that minute; over 180 ticks are late"),
        isTickLate: z.boolean(),
        openLetters: z.number().int().nonnegative().describe("counted to 200 and no further"),
        isMoreOpen: z.boolean().describe("whether more letters are open than were counted"),
        coolingHosts: z.number().int().nonnegative().describe("hosts that wanted to be left alone for a while"),
      })
      .optional()
      .describe("for an admin key alone"),
  })
  .meta({ id: "Health", description: "That the API answers, and to operators how the deployment does." });
export type HealthView = z.infer<typeof HealthView>;
