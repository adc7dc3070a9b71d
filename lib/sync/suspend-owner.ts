/** Suspend an owner: its keys are refused, its calendars stop, its feeds go on with the last good copy; and resume it. */
import type { Owner, OwnerPart, OwnerReport } from "../contract/owner.ts";
import { ownerView, requireNotErasing } from "../core/owners.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import { pauseCalendar, resumeCalendar } from "./pause-calendar.ts";
import type { PauseCalendarPorts } from "./pause-calendar.ts";
import type { CalendarRegistry } from "./registry.ts";
import { workPart } from "./work-part.ts";
import type { Worked } from "./work-part.ts";

export interface OwnerRecords {
  /** Undefined for an owner of whom nothing is said. */
  owner(ownerId: string): Promise<Owner | undefined>;
  /** Writes where the record still says what `before` does; undefined: where nothing is said. */
  putOwner(owner: Owner, before: Owner | undefined): Promise<"saved" | "lost">;
  /** Back to nothing being said, where the record still says this. */
  deleteOwner(before: Owner): Promise<"saved" | "lost">;
}
export type SuspendOwnerPorts = PauseCalendarPorts & {
  readonly ownerRecords: OwnerRecords;
  readonly calendars: Pick<CalendarRegistry, "list">;
};
type Asked = OwnerPart & { readonly ownerId: string };

const PART = 25;

/** One part. The mark first: from then on none of its keys makes a calendar that would not be paused. */
export async function suspendOwner(
  asked: Asked,
  ports: SuspendOwnerPorts,
  context: Pick<CreateContext, "now">,
): Promise<OwnerReport> {
  const { dryRun } = asked;
  const owner = await marked(asked, ports, context.now());
  return await workOwned(asked, owner, ports, async ({ calendar: { calendarId, state } }) => {
    if (state !== "active") return skipped(`it is ${state}`);
    if (dryRun) return { outcome: "would" };
    return (await pauseCalendar(calendarId, "owner", ports)) === "paused"
      ? { outcome: "done" }
      : skipped("it was stopped just now");
  });
}

/** One part; only what was paused with the owner. The mark goes first, so that a part that never comes leaves no key shut out. */
export async function resumeOwner(asked: Asked, ports: SuspendOwnerPorts): Promise<OwnerReport> {
  const { dryRun } = asked;
  const owner = await unmarked(asked, ports);
  return await workOwned(asked, owner, ports, async ({ calendar }) => {
    const { calendarId, state, pausedBy } = calendar;
    if (pausedBy !== "owner") return skipped(state === "active" ? "it is active" : "something else stopped it");
    if (dryRun) return { outcome: "would" };
    return (await resumeCalendar(calendarId, "owner", ports)) === "resumed"
      ? { outcome: "done" }
      : skipped("it was changed just now");
  });
}

/** What is said of the owner then. Where somebody else was quicker, that is looked at first: an erasure that began is not to be lost. */
async function marked({ ownerId, dryRun }: Asked, { ownerRecords }: SuspendOwnerPorts, now: Date): Promise<Owner | undefined> {
  for (;;) {
    const standing = await ownerRecords.owner(ownerId);
    requireNotErasing(standing);
    if (dryRun || standing?.state === "suspended") return standing;
    const owner: Owner = { version: 1, ownerId, state: "suspended", since: now.toISOString() };
    if ((await ownerRecords.putOwner(owner, standing)) === "saved") return owner;
  }
}

async function unmarked({ ownerId, dryRun }: Asked, { ownerRecords }: SuspendOwnerPorts): Promise<Owner | undefined> {
  for (;;) {
    const standing = await ownerRecords.owner(ownerId);
    requireNotErasing(standing);
    if (dryRun || standing === undefined) return standing;
    if ((await ownerRecords.deleteOwner(standing)) === "saved") return undefined;
  }
}

async function workOwned(
  { ownerId, dryRun, cursor }: Asked,
  owner: Owner | undefined,
  { calendars }: SuspendOwnerPorts,
  run: (loaded: LoadedCalendar) => Promise<Worked>,
): Promise<OwnerReport> {
  const page = await calendars.list(ownerId, { limit: PART, cursor });
  const works = page.items.map((loaded) => {
    const { calendarId: id, name } = loaded.calendar;
    return { id, name, run: async () => await run(loaded) };
  });
  const items = await workPart(works);
  return { owner: ownerView(ownerId, owner), dryRun, items, seen: items.length, cursor: page.cursor };
}

function skipped(detail: string): Worked {
  return { outcome: "skipped", detail };
}
