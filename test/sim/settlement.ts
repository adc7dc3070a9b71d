/** Invariants of a system that came to rest: nothing waits, and everybody has what the sources say. */
import type { ChangeSet } from "../../lib/contract/change.ts";
import type { Letter } from "../../lib/contract/letter.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import { groupOf } from "../../lib/core/alert-groups.ts";
import { minuteOf } from "../../lib/core/slots.ts";
import { calendarText } from "../sync/sources.ts";
import { checkDownloads } from "./download-files.ts";
import { checkLifeAtRest } from "./life.ts";
import { facts, titlesOf } from "./observer.ts";
import type { Observer } from "./observer.ts";
import { checkLeftovers } from "./leftovers.ts";
import { Receiver } from "./receiver.ts";
import { showsJust } from "./shown.ts";
import type { Simulation } from "./simulation.ts";
import type { Weather } from "./weather.ts";

/** Twice the longest time that the storm lets pass at once, in which a message whose worker died does not come again, and its visibility: workers die twice. */
const ALERT_MS = 2 * 111_600_000;

export function checkRest(simulation: Simulation, weather: Weather, observer: Observer): void {
  checkNothingWaits(simulation);
  checkLeftovers(simulation, weather.operators);
  checkSources(simulation, weather);
  checkFeeds(simulation);
  checkDownloads(simulation);
  checkReceiver(simulation, observer);
  checkLifeAtRest(simulation);
}

function checkNothingWaits(simulation: Simulation): void {
  const { world } = simulation;
  const { imports, urgent, exports, downloads } = world;
  const { importDeadLetters, urgentDeadLetters, exportDeadLetters, downloadDeadLetters } = world;
  const deadLetters = [importDeadLetters, urgentDeadLetters, exportDeadLetters, downloadDeadLetters];
  for (const queue of [imports, urgent, exports, downloads, ...deadLetters]) {
    if (queue.messages.size > 0) simulation.violate(`${queue.messages.size} messages lie in ${queue.name} for ever`);
  }
  for (const { calendarId, pending } of world.calendars.checkpoints.values()) {
    if (pending !== undefined) simulation.violate(`calendar ${calendarId} never did what version ${pending.version} promised`);
  }
  if (world.cursor.covered !== minuteOf(world.clock.now())) simulation.violate(`the cursor stands at ${world.cursor.covered}`);
  checkLetters(simulation);
}

function checkLetters(simulation: Simulation): void {
  const { world } = simulation;
  for (const { letterId, state, code } of world.letters.stored.values()) {
    if (state !== "resolved" && state !== "discarded")
      simulation.violate(`letter ${letterId} (${code}) is still ${state} although all is well`);
  }
  for (const letter of world.letters.stored.values()) {
    // Who raised the alert may have lost the race to note it on the letter.
    const isTold = world.letters.told.has(letter.letterId) || world.alerts.raised.has(groupOf(letter));
    if (!isTold && wasOpenLong(letter)) simulation.violate(`nobody was told of letter ${letter.letterId}`);
  }
  for (const { group, kind, stage } of world.alerts.stored.values()) {
    // Those of holds and paces are told once and go by themselves.
    if (kind === "import" || kind === "export") simulation.violate(`alert ${group} is still ${stage} although no letter is left`);
  }
}

/** Open for longer than a lost alert takes to come again, before anybody or any success did something about it. */
function wasOpenLong({ history }: Letter): boolean {
  return history.some(({ state, at }, index) => {
    const nextMs = Date.parse(history[index + 1]?.at ?? "");
    return state === "open" && !(nextMs - Date.parse(at) < ALERT_MS);
  });
}

/** Each calendar has what its source says now; each push calendar what its app was told is there. */
function checkSources(simulation: Simulation, weather: Weather): void {
  for (const calendarId of simulation.world.calendars.metas.keys()) {
    const source = weather.sourceOf(calendarId);
    if (source === undefined) continue;
    const wanted = titlesOf(calendarText(source.events));
    const seen = titlesIn(simulation, calendarId);
    if (seen !== wanted) simulation.violate(`calendar ${calendarId} has ${seen}, its source ${wanted}`);
    checkPolled(simulation, calendarId);
  }
  for (const { calendarId, events, tries, done } of weather.pushes) {
    if (tries === 0 || done < tries) continue;
    const wanted = titlesOf(calendarText(events));
    const seen = titlesIn(simulation, calendarId);
    if (seen !== wanted) simulation.violate(`push calendar ${calendarId} has ${seen}, its app wrote ${wanted}`);
  }
}

/** Nobody is kept from the wheel any more. */
function checkPolled(simulation: Simulation, calendarId: string): void {
  const { calendars } = simulation.world;
  const { outcome, wheel } = calendars.checkpoints.get(calendarId) ?? {};
  const { state, schedule } = calendars.metas.get(calendarId) ?? {};
  if (outcome?.status === "held") simulation.violate(`calendar ${calendarId} is still held`);
  if (state !== "active" || (wheel === undefined) !== (schedule?.kind === "cron"))
    simulation.violate(`calendar ${calendarId} is ${state}, its slot ${wheel}`);
}

/** Each feed shows just what its members' snapshots hold. */
function checkFeeds(simulation: Simulation): void {
  const { feeds, objects } = simulation.world;
  for (const feedId of feeds.metas.keys()) {
    const members = [...(feeds.members.get(feedId)?.keys() ?? [])];
    const texts = members.flatMap((calendarId) => snapshotOf(simulation, calendarId)?.events.map(({ text }) => text) ?? []);
    const key = feeds.builds.get(feedId)?.objectKey;
    const isUntouched = key === undefined && members.every((calendarId) => snapshotOf(simulation, calendarId) === undefined);
    const [seen, held] = [key === undefined ? undefined : objects.text(key), texts.join("\n")];
    if (isUntouched || (seen !== undefined && showsJust(seen, held))) continue;
    const shown = seen === undefined ? "nothing" : titlesOf(seen);
    simulation.violate(`feed ${feedId} shows ${shown}, its calendars hold ${titlesOf(held)}`);
  }
}

function checkReceiver(simulation: Simulation, observer: Observer): void {
  const { world, random } = simulation;
  const readObject = (key: string): ChangeSet => {
    const set: ChangeSet = JSON.parse(world.objects.text(key));
    return set;
  };
  const receiver = new Receiver(readObject);
  const deliveries = [...world.published, ...world.published.filter(() => random.chance(0.2))];
  const order = new Map(deliveries.map((message) => [message, random.next()]));
  for (const message of deliveries.toSorted((one, other) => (order.get(one) ?? 0) - (order.get(other) ?? 0))) {
    const key = observer.committed.get(message.calendarId)?.get(message.calendarVersion);
    if (key === undefined) simulation.violate(`version ${message.calendarVersion} was published and never committed`);
    receiver.hear(message);
  }
  for (const { calendarId, calendarVersion } of world.calendars.checkpoints.values()) {
    // What was committed with changes was heard of; only versions that changed nothing for an app may be asked for.
    receiver.fillGaps(calendarId, (_, version) =>
      Array.from({ length: calendarVersion - version }, (_none, index) =>
        readObject(observer.committed.get(calendarId)?.get(version + index + 1) ?? ""),
      ),
    );
    if (receiver.facts(calendarId) !== facts(snapshotOf(simulation, calendarId)?.events ?? [])) {
      simulation.violate(`an app that heard of every change of ${calendarId} has another copy of it`);
    }
  }
}

function titlesIn(simulation: Simulation, calendarId: string): string {
  const events = snapshotOf(simulation, calendarId)?.events ?? [];
  return titlesOf(events.map(({ text }) => text).join("\n"));
}

function snapshotOf(simulation: Simulation, calendarId: string): Snapshot | undefined {
  const key = simulation.world.calendars.checkpoints.get(calendarId)?.snapshotKey;
  if (key === undefined) return undefined;
  const snapshot: Snapshot = JSON.parse(simulation.world.objects.text(key));
  return snapshot;
}
