/**
 * A file of the whole registry: one JSON line a record, each whole in itself. It holds the sources' urls and is a secret as a whole. Things come after what
 * they need, and the last line counts the others: a file that was cut off is no registry.
 */
import * as z from "zod";

import { Calendar } from "./calendar.ts";
import { Checkpoint } from "./checkpoint.ts";
import { Build, Feed, Link, Member } from "./feed.ts";
import { Host } from "./host.ts";
import { Key } from "./key.ts";
import { Owner } from "./owner.ts";
import { OwnersReservation } from "./owners-reservation.ts";
import { Quota } from "./quota.ts";
import { Repeat } from "./repeat.ts";
import { Snapshot } from "./snapshot.ts";

const version = z.literal(1);

export const RegistryLine = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("registry"), version, exportedAt: z.string(), withEvents: z.boolean() }),
  z.object({ kind: z.literal("owner"), version, owner: Owner }),
  z.object({ kind: z.literal("quota"), version, quota: Quota }),
  /** What a person said of it; its pace of the moment is none of the registry's. */
  z.object({
    kind: z.literal("host"),
    version,
    host: Host.pick({ host: true, startsPerSecond: true, blackout: true, pausedAt: true }),
  }),
  z.object({ kind: z.literal("key"), version, key: Key }),
  /** The last good copy that the calendar after it points at. */
  z.object({ kind: z.literal("snapshot"), version, key: z.string(), snapshot: Snapshot }),
  z.object({ kind: z.literal("calendar"), version, calendar: Calendar, checkpoint: Checkpoint }),
  /** What subscribers of the feed after it get. */
  z.object({ kind: z.literal("published"), version, feedId: z.string(), key: z.string(), ics: z.string() }),
  z.object({
    kind: z.literal("feed"),
    version,
    feed: Feed,
    members: z.array(Member).readonly(),
    links: z.array(Link).readonly(),
    build: Build.optional(),
  }),
  z.object({ kind: z.literal("reservation"), version, reservation: OwnersReservation }),
  z.object({ kind: z.literal("repeat"), version, repeat: Repeat }),
  z.object({ kind: z.literal("end"), version, records: z.number().int().nonnegative() }),
]);
export type RegistryLine = z.infer<typeof RegistryLine>;
