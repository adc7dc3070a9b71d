/** People hear of trouble once, and of its growth and its end; a channel that is down hears later; what nobody has to hear costs nothing. */
import type { AlertGroup } from "../../lib/contract/alert.ts";
import type { Arrival } from "../../lib/core/alert-groups.ts";
import { groupOf } from "../../lib/core/alert-groups.ts";
import { raiseAlert, widenAlert } from "../../lib/sync/raise-alert.ts";
import { tendAlerts } from "../../lib/sync/tend-alerts.ts";
import type { TendReport } from "../../lib/sync/tend-alerts.ts";
import { callsOf } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** Letters of an alert are looked for after so long without another one. */
const SETTLED_MS = 10 * MINUTE_MS;
/** Alerts that opened within so long make a storm. */
const STORM_MS = 15 * MINUTE_MS;
const STORM_COUNT = 5;
const TICK_MS = 50 * SECOND_MS;

export async function drillAlerts(drill: Drill): Promise<void> {
  await drillFirst(drill);
  await drillSecond(drill);
  await drillWider(drill);
  await drillOver(drill);
  await drillDown(drill);
  await drillStorm(drill);
  await drillDeadline(drill);
  await drillUnheard(drill);
  drill.hours(0);
  await drillLetter(drill);
  drill.hours(0);
}

/** The group stands before anybody is told, and says that somebody tells it; afterwards it says who has heard. */
async function drillFirst(drill: Drill): Promise<void> {
  const heard = heardOf(drill);
  const calls = await raise(drill, arrivalAt("one.example"), watchTold(drill, "one.example"));
  const group = groupAt(drill, "one.example");
  mustHear(drill, heard, 1, "the first letter of an alert");
  drill.must(group?.count === 1 && isHeard(group, 1), `an alert that was told says ${JSON.stringify(group)}`);
  drill.must(group?.claimedUntil === undefined, "an alert that was told is still claimed");
  drill.must(putsIn(calls) === 2, `an alert was raised by ${calls.join(", ")}`);
}

/** One more of the same only counts: one read and one write, and nobody hears of it; nor does the tick find anything to do. */
async function drillSecond(drill: Drill): Promise<void> {
  const heard = heardOf(drill);
  const calls = await raise(drill, arrivalAt("one.example"));
  const group = groupAt(drill, "one.example");
  mustHear(drill, heard, 0, "the second letter of an alert");
  drill.must(group?.count === 2 && group.claimedUntil === undefined, `a counted letter left ${JSON.stringify(group)}`);
  drill.must(calls.join() === "alerts.group,alerts.put", `one more letter was counted by ${calls.join(", ")}`);
  const tick = await tend(drill);
  drill.must(tick.calls.join() === "alerts.groups", `a tick that had nothing to tell called ${tick.calls.join(", ")}`);
  mustSay(drill, tick.report, { groups: 1, told: 0, untold: "" });
}

/** A letter that says something else now is looked for where it goes; nobody hears of it, for they know the letter. */
async function drillWider(drill: Drill): Promise<void> {
  const heard = heardOf(drill);
  const known = arrivalAt("one.example");
  for (const arrival of [known, arrivalAt("nobody.example")]) {
    const before = groupAt(drill, "one.example")?.revision;
    const calls = await widen(drill, arrival);
    drill.must(calls.join() === "alerts.group", `nothing had to be widened, and it was by ${calls.join(", ")}`);
    drill.must(groupAt(drill, "one.example")?.revision === before, "an alert was written that has all it needs");
  }
  drill.must(drill.simulation.world.alerts.stored.size === 1, "an alert was made for a letter that nobody raised");
  await widen(drill, { ...known, fingerprint: "other" });
  const { count, fingerprints = [] } = groupAt(drill, "one.example") ?? {};
  const isWider = count === 2 && fingerprints.join() === `${known.fingerprint},other`;
  drill.must(isWider, `a letter that says something else left ${count} letters at ${fingerprints.join()}`);
  mustHear(drill, heard, 0, "a letter that says something else");
}

/** Once no letter has come for a while the tick looks whether any is left; where none is, people hear of it and the alert goes. */
async function drillOver(drill: Drill): Promise<void> {
  const heard = heardOf(drill);
  drill.simulation.skip(SETTLED_MS);
  const over = await tend(drill, { look: watchTold(drill, "one.example") });
  mustSay(drill, over.report, { groups: 1, told: 1, untold: "" });
  mustHear(drill, heard, 1, "the end of an alert");
  drill.must(lastTold(drill).includes("recovered"), `the end of an alert was told as: ${lastTold(drill)}`);
  const gone = await tend(drill);
  drill.must(groupAt(drill, "one.example") === undefined, "an alert that is over still stands");
  drill.must(gone.calls.join() === "alerts.groups,alerts.remove", `an alert was ended by ${gone.calls.join(", ")}`);
  mustSay(drill, gone.report, { groups: 1, told: 0, untold: "" });
  mustHear(drill, heard, 1, "an alert that is over");
}

/** A webhook that is down keeps nobody else from hearing, is asked again, and hears once. */
async function drillDown(drill: Drill): Promise<void> {
  const { topic, webhook } = drill.simulation.world;
  const [told, hooked] = [topic.messages.length, webhook.messages.length];
  webhook.isDown = true;
  await raise(drill, arrivalAt("two.example"));
  const reason = groupAt(drill, "two.example")?.failures["webhook"]?.reason ?? "";
  drill.must(reason.includes("the webhook gave no answer"), `a webhook that is down is remembered as: ${reason}`);
  const soon = await tend(drill);
  drill.must(soon.calls.join() === "alerts.groups", `a webhook that was down just now was asked: ${soon.calls.join(", ")}`);
  drill.simulation.skip(MINUTE_MS);
  mustSay(drill, (await tend(drill)).report, { groups: 1, told: 1, untold: "webhook" });
  webhook.isDown = false;
  drill.simulation.skip(2 * MINUTE_MS);
  mustSay(drill, (await tend(drill)).report, { groups: 1, told: 1, untold: "" });
  drill.must(
    topic.messages.length === told + 1,
    `the topic heard ${topic.messages.length - told} times while the webhook was down`,
  );
  drill.must(webhook.messages.length === hooked + 1, `the webhook heard ${webhook.messages.length - hooked} times, wanted once`);
  webhook.isDown = true;
  drill.simulation.skip(SETTLED_MS);
  mustSay(drill, (await tend(drill)).report, { groups: 1, told: 1, untold: "webhook" });
  webhook.isDown = false;
  await settle(drill);
}

/** Where much opens at once people hear of the first ones at once, and of the rest by one message with the next tick. */
async function drillStorm(drill: Drill): Promise<void> {
  const heard = heardOf(drill);
  const hosts = Array.from({ length: STORM_COUNT + 9 }, (_, index) => `storm${index}.example`);
  for (const host of hosts) await raise(drill, arrivalAt(host));
  mustHear(drill, heard, STORM_COUNT, "a storm of alerts");
  const { report } = await tend(drill);
  mustSay(drill, report, { groups: hosts.length, told: 9, untold: "" });
  mustHear(drill, heard, STORM_COUNT + 1, "a storm of alerts and the tick after it");
  drill.must(
    hosts.every((host) => isHeard(groupAt(drill, host), 1)),
    "somebody has not heard of a storm",
  );
  await settle(drill);
}

/** A tick whose time is over tells nothing: the next one does. */
async function drillDeadline(drill: Drill): Promise<void> {
  const heard = heardOf(drill);
  await raise(drill, arrivalAt("late.example"), undefined, "nobody");
  const late = await tend(drill, { leftMs: 0 });
  drill.must(late.calls.join() === "alerts.groups", `a tick without time called ${late.calls.join(", ")}`);
  mustSay(drill, late.report, { groups: 1, told: 0, untold: "" });
  mustHear(drill, heard, 0, "an alert that waits for the tick");
  const next = await tend(drill, { look: watchTold(drill, "late.example") });
  mustSay(drill, next.report, { groups: 1, told: 1, untold: "" });
  mustHear(drill, heard, 1, "an alert that waited for the tick");
  await settle(drill);
}

/** While nobody can be told, the trouble ends: that is written down once, and whoever comes back hears how it ended. */
async function drillUnheard(drill: Drill): Promise<void> {
  const { topic, webhook } = drill.simulation.world;
  const heard = heardOf(drill);
  [topic.isDown, webhook.isDown] = [true, true];
  await raise(drill, arrivalAt("three.example"));
  drill.simulation.skip(SETTLED_MS - 30 * SECOND_MS);
  mustSay(drill, (await tend(drill)).report, { groups: 1, told: 1, untold: "topic webhook" });
  drill.simulation.skip(30 * SECOND_MS);
  const over = await tend(drill);
  const group = groupAt(drill, "three.example");
  drill.must(group?.state === "recovered" && group.claimedUntil === undefined, `an unheard end left ${JSON.stringify(group)}`);
  drill.must(putsIn(over.calls) === 1, `an end that nobody could hear was written by ${over.calls.join(", ")}`);
  mustSay(drill, over.report, { groups: 1, told: 0, untold: "" });
  drill.simulation.skip(SECOND_MS);
  const again = await tend(drill);
  drill.must(again.calls.join() === "alerts.groups", `a tick that could tell nobody called ${again.calls.join(", ")}`);
  [topic.isDown, webhook.isDown] = [false, false];
  drill.simulation.skip(5 * MINUTE_MS);
  mustSay(drill, (await tend(drill)).report, { groups: 1, told: 1, untold: "" });
  mustHear(drill, heard, 1, "an alert that nobody could be told of");
  drill.must(lastTold(drill).includes("recovered"), `the end of an alert was told as: ${lastTold(drill)}`);
  await settle(drill);
}

/** A letter of a source: while it is open its alert stands, and is written no more; once it is resolved the alert is over. */
async function drillLetter(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const heard = heardOf(drill);
  pupil.source.manner = { kind: "failing", code: "source-not-found" };
  await drill.sync(pupil);
  mustHear(drill, heard, 1, "a source that is not there");
  drill.simulation.skip(SETTLED_MS);
  const open = await tend(drill);
  drill.must(open.calls.join() === "alerts.groups,letters.standing", `an open letter was tended by ${open.calls.join(", ")}`);
  mustHear(drill, heard, 1, "a letter that is still open");
  pupil.source.manner = { kind: "well" };
  const letters = drill.simulation.desk.lettersIn(["open"]);
  drill.must(letters.length === 1, `${letters.length} letters are open, wanted one`);
  drill.weather.operators.replayAll();
  await drill.course.drain();
  mustSay(drill, (await tend(drill)).report, { groups: 1, told: 1, untold: "" });
  mustHear(drill, heard, 2, "a letter that was resolved");
  await settle(drill);
}

/** Nothing is told any more, and no alert is young. */
async function settle(drill: Drill): Promise<void> {
  drill.simulation.skip(STORM_MS);
  await tend(drill);
  await tend(drill);
  const { stored } = drill.simulation.world.alerts;
  drill.must(stored.size === 0, `${[...stored.keys()].join(", ")} stand although all is well`);
}

export function arrivalAt(host: string): Arrival {
  const code = "source-not-found";
  const [letterId, fingerprint] = [`import-${host}`, `import|${code}|${host}`];
  return { kind: "import", code, reason: `host ${host} answered 404, wanted 200`, host, letterId, calendarId: host, fingerprint };
}

/** @param to `nobody`: whoever raises it leaves the telling to the tick */
export async function raise(
  drill: Drill,
  arrival: Arrival,
  look?: (method: string) => void,
  to: "everybody" | "nobody" = "everybody",
): Promise<readonly string[]> {
  const work = async (ports: Ports): Promise<void> => {
    const channels = to === "everybody" ? ports.channels : [];
    await raiseAlert(arrival, { alerts: ports.alerts, channels }, drill.simulation.world.clock.now());
  };
  return await callsOf(drill, "raise", work, look);
}

async function widen(drill: Drill, arrival: Arrival): Promise<readonly string[]> {
  return await callsOf(drill, "widen", async ({ alerts }) => await widenAlert(arrival, alerts));
}

type Tick = { readonly report: TendReport; readonly calls: readonly string[] };

export async function tend(
  drill: Drill,
  { leftMs = TICK_MS, look }: { readonly leftMs?: number; readonly look?: (method: string) => void } = {},
): Promise<Tick> {
  const { clock } = drill.simulation.world;
  const [nowMs] = [clock.nowMs];
  let report: TendReport = { groups: 0, told: 0, untold: {} };
  const calls = await callsOf(
    drill,
    "tend",
    async (ports) => {
      // Without time left the clock stands at the deadline.
      const now = leftMs === 0 ? (): Date => new Date(nowMs) : clock.now;
      report = await tendAlerts(ports, { now, deadline: new Date(nowMs + leftMs) });
    },
    look,
  );
  return { report, calls };
}

function mustSay(drill: Drill, { groups, told, untold }: TendReport, wanted: Readonly<Record<string, number | string>>): void {
  const seen = { groups, told, untold: Object.keys(untold).toSorted().join(" ") };
  drill.must(
    JSON.stringify(seen) === JSON.stringify(wanted),
    `a tick says ${JSON.stringify(seen)}, wanted ${JSON.stringify(wanted)}`,
  );
}

/** Asked before each call: whoever tells of an alert has stored it, and claimed it for a moment. */
function watchTold(drill: Drill, host: string): (method: string) => void {
  return (method) => {
    if (!method.endsWith(".tell")) return;
    const { claimedUntil = "" } = groupAt(drill, host) ?? {};
    drill.must(claimedUntil > drill.simulation.world.clock.now().toISOString(), `${method} before anybody had claimed the alert`);
  };
}

export function groupAt({ simulation }: Drill, host: string): AlertGroup | undefined {
  return simulation.world.alerts.stored.get(groupOf(arrivalAt(host)));
}

export function isHeard(group: AlertGroup | undefined, notice: number): boolean {
  return group?.told["topic"] === notice && group.told["webhook"] === notice;
}

/** Messages that topic and webhook have. */
export function heardOf({ simulation }: Drill): readonly [topic: number, webhook: number] {
  return [simulation.world.topic.messages.length, simulation.world.webhook.messages.length];
}

export function mustHear(drill: Drill, before: readonly [number, number], wanted: number, what: string): void {
  const [topic, webhook] = heardOf(drill);
  const isSo = topic - before[0] === wanted && webhook - before[1] === wanted;
  drill.must(isSo, `${what}: the topic heard ${topic - before[0]}, the webhook ${webhook - before[1]}, wanted ${wanted}`);
}

function lastTold({ simulation }: Drill): string {
  return simulation.world.webhook.messages.at(-1)?.subject ?? "nothing";
}

function putsIn(calls: readonly string[]): number {
  return calls.filter((call) => call === "alerts.put").length;
}
