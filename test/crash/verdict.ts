/** What is wrong after a run with kills: stuck states by themselves, and differences from the undisturbed run. */
import { facts } from "../sim/observer.ts";
import type { Evidence } from "./play.ts";
import type { Stage } from "./stage.ts";

const OVER = new Set(["resolved", "discarded"]);

/** One line each; none where all came to its end. */
export function stuckStates({ records, depths, accepted }: Evidence): string[] {
  const { checkpoints, builds, letters, reservations, runs, claimedUntil } = records;
  const versionOf = (calendarId: string): number => checkpoints.get(calendarId)?.calendarVersion ?? 0;
  return [
    ...[...checkpoints.values()]
      .filter(({ pending }) => pending !== undefined)
      .map(({ calendarId, pending }) => `calendar ${calendarId} has pending work of version ${pending?.version}`),
    ...builds.flatMap(({ feedId, members }) =>
      Object.entries(members)
        .filter(([calendarId, version]) => version !== versionOf(calendarId))
        .map(
          ([calendarId, version]) => `feed ${feedId} shows version ${version} of ${calendarId}, wanted ${versionOf(calendarId)}`,
        ),
    ),
    ...Object.entries(depths).map(([queue, depth]) => `${queue} holds ${depth} messages`),
    ...letters
      .filter(({ state }) => !OVER.has(state))
      .map(({ letterId, state, code }) => `letter ${letterId} is ${state} (${code})`),
    ...reservations.map(({ taskId, dueAt }) => `a reservation of ${taskId} is left, due at ${dueAt}`),
    ...[...runs.values()].filter(({ status }) => status === "queued").map(({ runId }) => `run ${runId} waits and never ended`),
    ...accepted.filter((runId) => !runs.has(runId)).map((runId) => `run ${runId} was accepted and is not there`),
    ...(claimedUntil === undefined ? [] : [`a claim on the cursor is left, until ${claimedUntil}`]),
  ];
}

/** Feeds whose bytes are the same in both runs. */
export function equalFeeds(undisturbed: Evidence, disturbed: Evidence): number {
  return [...undisturbed.feeds].filter(
    ([feedId, bytes]) => bytes.startsWith("BEGIN:VCALENDAR") && disturbed.feeds.get(feedId) === bytes,
  ).length;
}

/** Calendars whose version or content is not the other run's, and copies of an app that are not the calendar. */
export function calendarDifferences({ calendars }: Stage, undisturbed: Evidence, disturbed: Evidence): string[] {
  return calendars.flatMap(({ calendarId, name }) => {
    const [wanted, got] = [undisturbed, disturbed].map(({ snapshots }) => snapshots.get(calendarId));
    if (wanted === undefined || got === undefined) return [`${name} has no snapshot`];
    const content = ({ calendarVersion, contentHash, events }: typeof wanted): string =>
      JSON.stringify([calendarVersion, contentHash, events]);
    const heard = [undisturbed, disturbed].map(({ receiver }) => receiver.facts(calendarId) === facts(wanted.events));
    return [
      ...(content(wanted) === content(got)
        ? []
        : [`${name} is at version ${got.calendarVersion}, wanted ${wanted.calendarVersion} with the same events`]),
      ...(heard.every(Boolean) ? [] : [`an app that follows the changes of ${name} does not have its events`]),
    ];
  });
}
