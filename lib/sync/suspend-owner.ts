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
  putOwner(owner: Owner): Promise<void>;
  /** Back to nothing being said. */
  deleteOwner(ownerId: string): Promise<void>;
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
  const { ownerId, dryRun } = asked;
  const standing = await ports.ownerRecords.owner(ownerId);
  requireNotErasing(standing);
  const isNew = standing?.state !== "suspended";
  const owner: Owner = isNew ? { version: 1, ownerId, state: "suspended", since: context.now().toISOString() } : standing;
  if (!dryRun && isNew) await ports.ownerRecords.putOwner(owner);
  return await workOwned(asked, dryRun ? standing : owner, ports, async ({ calendar: { calendarId, state } }) => {
    if (state !== "active") return skipped(`it is ${state}`);
    if (dryRun) return { outcome: "would" };
    return (await pauseCalendar(calendarId, "owner", ports)) === "paused"
      ? { outcome: "done" }
      : skipped("it was stopped just now");
  });
}

/** One part; only what was paused with the owner. The mark goes first, so that a part that never comes leaves no key shut out. */
export async function resumeOwner(asked: Asked, ports: SuspendOwnerPorts): Promise<OwnerReport> {
  const { ownerId, dryRun } = asked;
  const standing = await ports.ownerRecords.owner(ownerId);
  requireNotErasing(standing);
  if (!dryRun && standing !== undefined) await ports.ownerRecords.deleteOwner(ownerId);
  return await workOwned(asked, dryRun ? standing : undefined, ports, async ({ calendar }) => {
    const { calendarId, state, pausedBy } = calendar;
    if (pausedBy !== "owner") return skipped(state === "active" ? "it is active" : "something else stopped it");
    if (dryRun) return { outcome: "would" };
    return (await resumeCalendar(calendarId, "owner", ports)) === "resumed"
      ? { outcome: "done" }
      : skipped("it was changed just now");
  });
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
