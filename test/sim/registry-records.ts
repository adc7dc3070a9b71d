/** What a stack has that a registry takes over to another, in a form in which two stacks can be compared. */
import type { Desk } from "./desk.ts";
import type { World } from "../sync/world.ts";

export type Stack = { readonly world: World; readonly desk: Pick<Desk, "keys" | "repeats"> };
export type Records = Readonly<Record<string, string>>;

/** Without events calendars begin anew, and feeds have no bytes. */
export function recordsOf({ world, desk }: Stack, withEvents: boolean): Records {
  const { calendars, feeds, objects, hosts, owners, ownersReservations } = world;
  // Of what is being removed nothing goes over.
  const living = [...calendars.checkpoints.values()].filter(({ calendarId }) => calendars.isFound(calendarId));
  const checkpoints = living.map(({ pending: _old, ...rest }) =>
    withEvents ? rest : { calendarId: rest.calendarId, host: rest.host, wheel: rest.wheel },
  );
  const keys = [
    ...checkpoints.map((checkpoint) => ("snapshotKey" in checkpoint ? checkpoint.snapshotKey : undefined)),
    ...[...feeds.builds.values()].map(({ objectKey }) => objectKey),
  ].filter((key) => key !== undefined);
  const builds = [...feeds.builds.values()].filter(({ objectKey }) => objectKey !== undefined);
  const policies = [...hosts.stored.values()].map(({ host, startsPerSecond, blackout, pausedAt }) => ({
    host,
    said: { startsPerSecond, blackout, pausedAt },
  }));
  return {
    calendars: textOf([...calendars.metas.values()].filter(({ state }) => state !== "removed")),
    checkpoints: textOf(checkpoints),
    pointers: textOf([...calendars.pointers].flatMap(([id, known]) => (known.size > 0 ? [[id, [...known].toSorted()]] : []))),
    claims: textOf([...world.externalIds.claims.values()].map(({ at: _at, ...claim }) => claim)),
    feeds: textOf([...feeds.metas.values()]),
    members: textOf([...feeds.members].map(([feedId, members]) => [feedId, [...members.values()].map(canonical).toSorted()])),
    links: textOf([...feeds.links.values()]),
    ...(withEvents ? { builds: textOf(builds), objects: textOf(keys.map((key) => [key, contentOf(objects.text(key))])) } : {}),
    hosts: textOf(policies.filter(({ said }) => Object.values(said).some((value) => value !== undefined))),
    keys: textOf([...desk.keys.stored.values()]),
    owners: textOf([...owners.records.values()]),
    reservations: textOf([...ownersReservations.stored.values()]),
    repeats: textOf([...desk.repeats.stored.values()]),
    repeatSchedules: textOf([...desk.repeats.standing]),
  };
}

/** Schedules that the sweep would make as well, a day later. */
export function schedulesOf({ crons, reservationSchedules }: World): Records {
  return {
    crons: textOf([...crons.standing.keys()]),
    reservationSchedules: textOf([...reservationSchedules.standing.keys()]),
  };
}

/** Names of the records in which they differ. */
export function differences(one: Records, other: Records): string {
  return Object.keys(one)
    .filter((name) => one[name] !== other[name])
    .join(", ");
}

function textOf(records: readonly unknown[]): string {
  return records.map(canonical).toSorted().join("\n");
}

/** The same text for what says the same, whatever the order of its fields. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Of a snapshot what it says, whatever the order of its fields. */
function contentOf(text: string): unknown {
  return text.startsWith("{") ? JSON.parse(text) : text;
}
