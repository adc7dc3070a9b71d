/** What people and programs are shown of a link; its secret is in the answer that made it, and nowhere else. */
import * as z from "zod";

export const LinkView = z
  .object({
    linkId: z.string().describe("names the link in listings; not its secret"),
    label: z.string(),
    state: z
      .enum(["active", "grace", "rotated", "expired", "revoked"])
      .describe("grace: rotated, the old secret works until graceUntil; the last three answer 404 as if they never were"),
    createdAt: z.string(),
    expiresAt: z.string().optional(),
    lastUsedAt: z.string().optional().describe("exact to an hour; absent: never used"),
    agent: z.string().optional().describe("family of the calendar app seen last"),
    graceUntil: z.string().optional(),
    successor: z.string().optional().describe("id of the link that took its place"),
    revokedAt: z.string().optional(),
  })
  .meta({ id: "Link", description: "A secret address of a feed, for one subscriber." });
export type LinkView = z.infer<typeof LinkView>;

/** All addresses hold the secret. */
export const Subscribe = z
  .object({
    url: z.string().describe("for every app that asks for an address"),
    webcal: z.string().describe("opens the calendar app of most computers and of iPhones"),
    apple: z.string().describe("the same as webcal"),
    google: z.string().describe("for a browser on a computer"),
    outlookCom: z.string(),
    office365: z.string(),
    qrSvg: z.string().optional().describe("the webcal address as a QR code, where it was asked for with qr=svg"),
    notes: z.array(z.string()).readonly(),
    refresh: z.record(z.string(), z.string()).describe("how often each app is known to come again; no feed makes it come sooner"),
  })
  .meta({ id: "Subscribe", description: "Ways to subscribe to a link; secret, and shown this once." });
export type Subscribe = z.infer<typeof Subscribe>;

export const NewLinkView = LinkView.extend({ subscribe: Subscribe }).meta({
  id: "NewLink",
  description: "A link that was just made or rotated, with its secret, shown this once.",
});
export type NewLinkView = z.infer<typeof NewLinkView>;
