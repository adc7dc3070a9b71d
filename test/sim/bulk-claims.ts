/** What the answer to one part of a bulk says of each thing, against what came to pass while it was worked on. */
import type { BulkItem, BulkReport, BulkRequest } from "../../lib/contract/bulk.ts";
import type { CalendarState } from "../../lib/contract/calendar.ts";
import { isLive } from "../../lib/core/links.ts";
import { placeOf } from "../../lib/core/place.ts";
import type { Journal } from "./journal.ts";
import type { Process, Simulation } from "./simulation.ts";

export type AnsweredPart = {
  readonly request: BulkRequest;
  readonly report: BulkReport;
  readonly process: Process;
  /** All that worked on the same order, one after the other. */
  readonly processes: readonly Process[];
  /** The journal's moment at which the part was asked for. */
  readonly since: number;
};
type Item = { readonly part: AnsweredPart; readonly item: BulkItem; readonly simulation: Simulation; readonly journal: Journal };

type Move = "pause" | "resume";

const STATE = { pause: "paused", resume: "active" } as const satisfies Record<Move, CalendarState>;
/** Of so many changes by others somebody's eight tries are lost. */
const CONTENDED = 8;

export function brokenClaims(part: AnsweredPart, simulation: Simulation, journal: Journal): string[] {
  return part.report.items.flatMap((item) => {
    const why = whyWrong({ part, item, simulation, journal });
    const { action } = part.request;
    const said = [item.outcome, item.code, item.detail].filter((text) => text !== undefined).join(" ");
    return why === undefined ? [] : [`${action} of many says of ${item.id} ${said}, and ${why}`];
  });
}

function whyWrong(claim: Item): string | undefined {
  const { item, part } = claim;
  const { action, dryRun } = part.request;
  if ((item.outcome === "would") !== dryRun && item.outcome !== "skipped" && item.outcome !== "failed")
    return dryRun ? "it was to look alone" : "it was to be done";
  if (item.outcome === "failed") return whyFailed(claim);
  if (action === "revoke-links") return whyLinked(claim);
  if (action === "pause" || action === "resume") return whyMoved(claim, action);
  return whyAsked(claim);
}

function whyFailed({ item: { id, code }, part, simulation, journal }: Item): string | undefined {
  const states = journal.statesSince(id, part.since);
  const { world } = simulation;
  const ownerId = (world.calendars.metas.get(id) ?? world.feeds.metas.get(id))?.ownerId;
  const isAnothers = part.request.ownerId !== undefined && ownerId !== part.request.ownerId;
  const isGone = ownerId === undefined || states.includes("removed") || states.includes("gone");
  if (code === "write-contended") return states.length >= CONTENDED ? undefined : `it was ${states.join(", ")} alone`;
  const isUnknown = code === "calendar-unknown" || code === "feed-unknown";
  return isUnknown && (isGone || isAnothers) ? undefined : "it is there";
}

/** Done by this very process, or as it says when it looked. */
function whyMoved(claim: Item, action: Move): string | undefined {
  const { item, part, journal } = claim;
  const { id, outcome, detail = "" } = item;
  const states = journal.statesSince(id, part.since);
  const was = `it was ${states.join(", ")}`;
  if (outcome === "would") return states.some((state) => (state === "active") === (action === "pause")) ? undefined : was;
  if (outcome === "done" && journal.movedBy(id, STATE[action], part.process) === undefined) return "it did nothing";
  if (outcome === "skipped" && !wasSo(detail, states)) return was;
  // Of what nobody was to do nothing was looked at but its state.
  return part.request.dryRun || states.at(-1) !== STATE[action] ? undefined : whyPlaced(claim, action);
}

function wasSo(detail: string, states: readonly string[]): boolean {
  const state = /^it is (?<state>\w+)$/u.exec(detail)?.groups?.["state"];
  return state === undefined ? states.length > 1 : states.includes(state);
}

/** Off the wheel what is paused, on it what is active, unless somebody meddled. */
function whyPlaced({ item: { id }, part, simulation, journal }: Item, action: Move): string | undefined {
  const { metas, checkpoints } = simulation.world.calendars;
  const { process, since } = part;
  const calendar = metas.get(id);
  const isPulled = calendar !== undefined && placeOf(calendar) !== undefined;
  const isPlaced = checkpoints.get(id)?.wheel !== undefined;
  if (action === "pause") {
    const paused = journal.movedBy(id, "paused", process) ?? since;
    return isPlaced && !journal.wasPlaced(id, "on", paused) ? "it is on the wheel" : undefined;
  }
  const read = Math.max(journal.readBy(id, process) ?? 0, since);
  return isPulled && !isPlaced && !journal.wasPlaced(id, "off", read) ? "it is off the wheel" : undefined;
}

/** Each is asked for once, however often the order is repeated. */
function whyAsked({ item: { id, outcome, detail = "" }, part, simulation, journal }: Item): string | undefined {
  const { processes, process, request } = part;
  const own = journal.runsBy(id, processes);
  if (request.since !== undefined && own.size > 1) return `it was asked for ${own.size} times`;
  if (outcome === "done") return journal.runsBy(id, [process]).size === 1 ? undefined : "nobody can follow its import";
  if (outcome === "would") return undefined;
  const isPaused = journal.statesSince(id, part.since).includes("paused");
  const isPush = simulation.world.calendars.metas.get(id)?.source.kind === "push";
  const reasons: Readonly<Record<string, boolean>> = {
    "it is written by push": isPush,
    "it is paused": isPaused,
    "it was asked for already": wasAsked(id, request, simulation),
  };
  return reasons[detail] === true ? undefined : "it is not so";
}

function wasAsked(calendarId: string, { since = "~" }: BulkRequest, { world }: Simulation): boolean {
  const runs = [...world.calendars.runs.values()].filter((run) => run.calendarId === calendarId && run.reason === "sync-now");
  return runs.some(({ startedAt }) => startedAt >= since);
}

/** A link that was revoked never works again. */
function whyLinked({ item: { id, outcome }, part, simulation }: Item): string | undefined {
  const { world } = simulation;
  const living = [...world.feeds.links.values()].filter((link) => link.feedId === id && isLive(link, world.clock.now()));
  const late = living.filter(({ createdAt }) => Date.parse(createdAt) >= part.process.startedMs);
  if (outcome === "would") return undefined;
  return living.length > late.length ? `${living.length - late.length} links of it work` : undefined;
}
