/** Letters of one trouble that come at the same moment, ticks that overlap, and whoever dies on the way: each letter counts, and people hear. */
import type { Arrival } from "../../lib/core/alert-groups.ts";
import { raiseAlert, widenAlert } from "../../lib/sync/raise-alert.ts";
import { tendAlerts } from "../../lib/sync/tend-alerts.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import type { Ports } from "./desk.ts";
import { arrivalAt, groupAt, heardOf, isHeard, mustHear, raise, tend } from "./drill-alerts.ts";
import type { Drill } from "./drill.ts";

const MINUTE_MS = 60_000;
/** Nobody counts as young after it, and an alert without letters is over. */
const QUIET_MS = 20 * MINUTE_MS;
/** In a row of which others were quicker; then the message comes back. */
const TRIES = 10;

export async function drillAlertRaces(drill: Drill): Promise<void> {
  await drillTogether(drill);
  await drillNoted(drill);
  await drillForgotten(drill);
  await drillTicks(drill);
  await drillWidened(drill);
  await drillContended(drill);
  await drillBroken(drill);
  await quiet(drill);
  drill.hours(0);
}

/** Two first letters at once: both count, and people hear once. */
async function drillTogether(drill: Drill): Promise<void> {
  const heard = heardOf(drill);
  await interpose(drill, { at: "alerts.put", rival: letterAt(drill, "both.example") }, async () => {
    await raise(drill, arrivalAt("both.example"));
  });
  const group = groupAt(drill, "both.example");
  drill.must(group?.count === 2 && isHeard(group, 1), `two first letters left ${JSON.stringify(group)}`);
  mustHear(drill, heard, 1, "two first letters at once");
}

/** A letter that comes while people are told: it counts, and that they heard is known all the same. */
async function drillNoted(drill: Drill): Promise<void> {
  const heard = heardOf(drill);
  await interpose(drill, { at: "alerts.put", nth: 2, rival: letterAt(drill, "noted.example") }, async () => {
    await raise(drill, arrivalAt("noted.example"));
  });
  const group = groupAt(drill, "noted.example");
  drill.must(group?.count === 2 && isHeard(group, 1), `a letter that came while people were told left ${JSON.stringify(group)}`);
  mustHear(drill, heard, 1, "a letter that came while people were told");
}

/** An alert that is over and forgotten while people are told of it does not come back. */
async function drillForgotten(drill: Drill): Promise<void> {
  const forget = async ({ alerts }: Ports): Promise<void> => {
    const group = groupAt(drill, "over.example");
    if (group !== undefined) await alerts.remove(group);
  };
  await interpose(drill, { at: "alerts.group", nth: 2, rival: { name: "forget", work: forget } }, async () => {
    await raise(drill, arrivalAt("over.example"));
  });
  drill.must(groupAt(drill, "over.example") === undefined, "an alert came back that was over");
}

/** Two ticks at once: one of them tells. */
async function drillTicks(drill: Drill): Promise<void> {
  await quiet(drill);
  const heard = heardOf(drill);
  await raise(drill, arrivalAt("ticks.example"), undefined, "nobody");
  let told = -1;
  const rival = {
    name: "other tick",
    work: async (ports: Ports): Promise<void> => {
      drill.must(groupAt(drill, "ticks.example")?.claimedUntil === undefined, "an alert is claimed of which nobody tells");
      await tendNow(ports, drill.simulation.world.clock.now());
    },
  };
  await interpose(drill, { at: "alerts.put", rival }, async () => {
    told = (await tend(drill)).report.told;
  });
  drill.must(told === 0, `a tick that came too late told ${told} alerts`);
  mustHear(drill, heard, 1, "an alert that two ticks found");
}

/** A letter that comes while another one says something else. */
async function drillWidened(drill: Drill): Promise<void> {
  await raise(drill, arrivalAt("wider.example"));
  const other = { ...arrivalAt("wider.example"), fingerprint: "other" };
  await interpose(drill, { at: "alerts.put", rival: letterAt(drill, "wider.example") }, async () => {
    await drill.ask("widen", async ({ alerts }) => await widenAlert(other, alerts));
  });
  const { count, fingerprints } = groupAt(drill, "wider.example") ?? {};
  drill.must(count === 2 && fingerprints?.includes("other") === true, `an alert has ${count} letters at ${fingerprints?.join()}`);
}

/** Whoever finds others quicker each time says so, so that the message comes back; nobody's letter is lost. */
async function drillContended(drill: Drill): Promise<void> {
  let others = 0;
  const another = (): Arrival => ({ ...arrivalAt("busy.example"), fingerprint: `other${(others += 1)}` });
  const works = {
    raise: async (ports: Ports) => await raiseAlert(arrivalAt("busy.example"), ports, drill.simulation.world.clock.now()),
    widen: async ({ alerts }: Ports) => await widenAlert(another(), alerts),
  };
  await raise(drill, arrivalAt("busy.example"));
  for (const [name, work] of Object.entries(works)) {
    for (const rivals of [TRIES - 1, TRIES]) {
      const before = groupAt(drill, "busy.example")?.count ?? 0;
      let [said, came] = ["nothing", 0];
      await drill.planned(
        (process, method) => {
          if (method !== "alerts.put" || process.name !== `${name} (drill)` || came === rivals) return undefined;
          came += 1;
          return letterAt(drill, "busy.example");
        },
        async () => {
          await drill.ask(name, async (ports) => {
            await work(ports).catch((error: unknown) => {
              said = String(error);
            });
          });
        },
      );
      const isRefused = said.includes("times in a row") && said.includes("the message comes back");
      drill.must(isRefused === (rivals === TRIES), `${name} after ${rivals} letters of others said ${said}`);
      const wanted = rivals + (name === "raise" && rivals < TRIES ? 1 : 0);
      const count = (groupAt(drill, "busy.example")?.count ?? 0) - before;
      drill.must(count === wanted, `${name} among ${rivals} letters of others left ${count}`);
    }
  }
}

/** Wherever whoever tells breaks off, people hear within two minutes, and of what nobody knows that they heard once more. */
async function drillBroken(drill: Drill): Promise<void> {
  let [host, alerts] = ["", 0];
  const tellings = {
    raise: async (ports: Ports) => await raiseAlert(arrivalAt(host), ports, drill.simulation.world.clock.now()),
    tick: async (ports: Ports) => await tendNow(ports, drill.simulation.world.clock.now()),
  };
  for (const [name, work] of Object.entries(tellings)) {
    await breakOffEverywhere(drill, {
      name,
      before: async () => {
        await quiet(drill);
        alerts += 1;
        host = `broken${alerts}.example`;
        if (name === "tick") await raise(drill, arrivalAt(host), undefined, "nobody");
      },
      work,
      after: async (where) => {
        drill.simulation.skip(2 * MINUTE_MS);
        await tend(drill);
        const { topic, webhook } = drill.simulation.world;
        for (const channel of [topic, webhook]) {
          const times = channel.messages.filter(({ subject }) => subject.includes(host)).length;
          drill.must(times === 1 || times === 2, `the ${channel.name} heard ${times} times of ${host}: ${where}`);
        }
        drill.must(isHeard(groupAt(drill, host), 1), `nobody knows who has heard of ${host}: ${where}`);
      },
    });
  }
}

/** Whatever stands is over, was told, and is gone. */
async function quiet(drill: Drill): Promise<void> {
  drill.simulation.skip(QUIET_MS);
  await tend(drill);
  await tend(drill);
  const { stored } = drill.simulation.world.alerts;
  drill.must(stored.size === 0, `${[...stored.keys()].join(", ")} stand although no letter is left`);
}

function letterAt(
  { simulation }: Drill,
  host: string,
): { readonly name: string; readonly work: (ports: Ports) => Promise<void> } {
  return {
    name: "letter",
    work: async (ports) => await raiseAlert(arrivalAt(host), ports, simulation.world.clock.now()),
  };
}

async function tendNow(ports: Ports, now: Date): Promise<void> {
  await tendAlerts(ports, { now: () => now, deadline: new Date(now.getTime() + MINUTE_MS) });
}
