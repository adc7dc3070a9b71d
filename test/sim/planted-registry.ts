/** A stack with one of everything that owners and operators can ask for, and of what no registry takes over. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import type { Key } from "../../lib/contract/key.ts";
import type { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import type { Repeat } from "../../lib/contract/repeat.ts";
import { newCalendar, newFeed } from "../../lib/core/registry.ts";
import type { OtherStack } from "./other-stack.ts";

/** Known by its key alone. */
export const KEYED = "keyed";
/** Whose only calendar was never written to. */
const READER = "reader";
/** Whose only calendar is being taken out. */
const LEAVER = "leaver";
export const UNREAD = "unread";
export const UNBUILT = "unbuilt";
export const EXTERNAL_ID = "app-1";
const DAY_MS = 86_400_000;

/** @returns the id of a calendar that has times and a name of its own */
export async function plantRegistry(stack: OtherStack): Promise<string> {
  const at = stack.world.clock.now().toISOString();
  plantPeople(stack, at);
  plantHosts(stack);
  for (const [calendarId, ownerId, state] of [
    [UNREAD, READER, "active"],
    ["gone", LEAVER, "removed"],
  ] as const) {
    const { calendar, checkpoint } = newCalendar(CalendarDraft.parse({ ownerId, source: { kind: "push" } }), calendarId, at);
    await stack.world.calendars.putCheckpoint(checkpoint);
    await stack.world.calendars.putCalendar({ ...calendar, state });
  }
  await plantFeed(stack, at);
  const calendarId = await plantCron(stack, at);
  await plantPlans(stack, calendarId, at);
  return calendarId;
}

function plantPeople({ world, desk }: OtherStack, at: string): void {
  const key = (letter: string, rest: Pick<Key, "scope" | "ownerId">): Key => {
    const keyHash = letter.repeat(64);
    return { version: 1, keyHash, label: `Key ${letter}`, state: "active", createdAt: at, ...rest };
  };
  for (const one of [key("a", { scope: "admin" }), key("b", { scope: "owner", ownerId: KEYED })])
    desk.keys.stored.set(one.keyHash, one);
  world.owners.records.set(KEYED, { version: 1, ownerId: KEYED, state: "suspended", since: at });
}

function plantHosts({ world: { hosts } }: OtherStack): void {
  for (const host of ["paused.example", "quiet.example"]) hosts.stored.set(host, { version: 1, host, nextStartAtMs: 1 });
  hosts.stored.set("slow.example", { version: 1, host: "slow.example", startsPerSecond: 0.5 });
  hosts.stored.set("paused.example", { version: 1, host: "paused.example", pausedAt: "2026-05-01T00:00:00.000Z" });
}

async function plantFeed({ world: { feeds } }: OtherStack, at: string): Promise<void> {
  const draft = FeedDraft.parse({ name: "Unbuilt", ownerId: READER, members: [{ calendarId: UNREAD }] });
  const { feed, members } = newFeed(draft, UNBUILT, at);
  await feeds.putPointers(UNBUILT, [UNREAD]);
  await feeds.putMembers(UNBUILT, members);
  await feeds.putLink({ version: 1, feedId: UNBUILT, secretHash: "c".repeat(64), label: "", state: "active", createdAt: at });
  await feeds.putFeed(feed);
}

async function plantCron({ world }: OtherStack, at: string): Promise<string> {
  const { calendars, crons, externalIds } = world;
  const calendar = [...calendars.metas.values()].find(({ source }) => source.kind === "url");
  if (calendar === undefined) throw new Error("no calendar is pulled");
  const { calendarId, ownerId } = calendar;
  const schedule = { kind: "cron", expression: "0 7 * * 1", zone: "Europe/Berlin" } as const;
  const timed = { ...calendar, schedule, externalId: EXTERNAL_ID };
  await calendars.leaveWheel(calendarId);
  await calendars.putCalendar(timed);
  await crons.keep(timed);
  await externalIds.claim({ version: 1, ownerId, externalId: EXTERNAL_ID, calendarId, at }, undefined);
  return calendarId;
}

/** What is to be done later. */
async function plantPlans({ world, desk }: OtherStack, calendarId: string, createdAt: string): Promise<void> {
  const { ownersReservations, reservationSchedules, clock } = world;
  const ownerId = world.calendars.metas.get(calendarId)?.ownerId ?? "nobody";
  const at = new Date(clock.nowMs + DAY_MS).toISOString();
  const target = { kind: "sync", calendarId } as const;
  const reservation = (reservationId: string, state: OwnersReservation["state"]): OwnersReservation => {
    return { version: 1, reservationId, ownerId, target, at, revision: 1, state, createdAt };
  };
  await ownersReservations.put(reservation("waits", "waiting"));
  await ownersReservations.put(reservation("cancelled", "cancelled"));
  await reservationSchedules.make(reservation("waits", "waiting"), clock.now());
  const every = { cron: "0 7 * * 1", zone: "UTC" };
  const subject = { kind: "calendar", id: calendarId } as const;
  const repeat: Repeat = { version: 1, repeatId: "weekly", ownerId, subject, format: "ics", zone: "UTC", every, createdAt };
  await desk.repeats.put(repeat);
  await desk.repeats.keep(repeat);
}
