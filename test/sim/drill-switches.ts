/** Everything that starts imports is stopped and started again: what was off before stays off, wherever it is broken off. */
import { pauseAll, resumeAll, switchDeadLetters } from "../../lib/sync/pause-all.ts";
import type { Switch, SwitchesReport } from "../../lib/sync/pause-all.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import { callsOf } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";

const SCHEDULES = "cron tick";
const SOURCES = "import urgent";
const RUNNING = "cron import tick urgent";
/** Somebody switched it off before. */
const BROKEN = "broken";
const DEAD_LETTERS = "export-dead-letters import-dead-letters urgent-dead-letters";

export async function drillSwitches(drill: Drill): Promise<void> {
  await drillNothingPaused(drill);
  await drillPause(drill);
  await drillResume(drill);
  await drillBreaks(drill);
  await drillDeadLetters(drill);
}

async function drillNothingPaused(drill: Drill): Promise<void> {
  let report: SwitchesReport | undefined;
  const calls = await callsOf(drill, "resume all", async (ports) => {
    report = await resumeAll(ports);
  });
  drill.must(report === undefined && calls.length === 1, `nothing was paused, and a resume was ${calls.join(", ")}`);
}

/** What was on is written down before anything is switched off; schedules first, for they make what the event sources work. */
async function drillPause(drill: Drill): Promise<void> {
  const { switches, pauses } = drill.simulation.desk;
  let report: SwitchesReport | undefined;
  const pause = async (ports: Ports): Promise<void> => {
    report = await pauseAll(ports, { at: "2026-05-06T02:00:00.000Z", who: "first" });
  };
  const watch = (method: string): void => {
    if (method !== "switches.turn") return;
    const { schedules = [], eventSources = [] } = pauses.stored ?? {};
    drill.must(sorted(schedules) === SCHEDULES && sorted(eventSources) === SOURCES, "something was switched off and not noted");
    const isLate = !switches.isOn("import") && (switches.isOn("tick") || switches.isOn("cron"));
    drill.must(!isLate, "a queue was stopped before what fills it");
  };
  const calls = await callsOf(drill, "pause all", pause, watch);
  drill.must(onOf(drill) === "", `${onOf(drill)} is on although all was paused`);
  drill.must(turned(report) === RUNNING && left(report) === BROKEN, `a pause says ${textOf(report)}`);
  drill.must(calls.filter((call) => call === "switches.turn").length === 4, `a pause was ${calls.join(", ")}`);

  // Somebody in a hurry pauses twice, and one was switched on meanwhile; who paused first is who paused.
  const urgent = (await switches.importSources()).find(({ name }) => name === "urgent");
  if (urgent !== undefined) await switches.turn(urgent, "on");
  await drill.ask("pause again", async (ports) => {
    report = await pauseAll(ports, { at: "2026-05-06T03:00:00.000Z", who: "second" });
  });
  drill.must(turned(report) === "urgent", `a second pause says ${textOf(report)}`);
  drill.must(left(report) === "broken cron import tick", `a second pause says ${textOf(report)}`);
  const { who, at, schedules = [], eventSources = [] } = pauses.stored ?? {};
  drill.must(who === "first" && at === "2026-05-06T02:00:00.000Z", `${who} paused at ${at}, wanted who paused first`);
  const isKnown = sorted(schedules) === SCHEDULES && sorted(eventSources) === SOURCES;
  drill.must(isKnown, `a second pause forgot what the first one stopped: ${sorted(schedules)}, ${sorted(eventSources)}`);
}

/** The pause is over when the last one is on again; what was on by then is left alone. */
async function drillResume(drill: Drill): Promise<void> {
  const { switches, pauses } = drill.simulation.desk;
  const tick = (await switches.schedules()).find(({ name }) => name === "tick");
  if (tick !== undefined) await switches.turn(tick, "on");
  let report: SwitchesReport | undefined;
  const resume = async (ports: Ports): Promise<void> => {
    report = await resumeAll(ports);
  };
  const watch = (method: string): void => {
    if (method === "pauses.endPause") drill.must(onOf(drill) === RUNNING, `a pause ended while ${onOf(drill)} was on`);
    if (method === "switches.turn") drill.must(pauses.stored !== undefined, "a pause ended before what it stopped was on");
  };
  const calls = await callsOf(drill, "resume all", resume, watch);
  drill.must(onOf(drill) === RUNNING, `${onOf(drill)} is on, wanted ${RUNNING}`);
  drill.must(pauses.stored === undefined, "a pause is remembered that is over");
  drill.must(turned(report) === "cron import urgent" && left(report) === BROKEN, `a resume says ${textOf(report)}`);
  drill.must(calls.filter((call) => call === "switches.turn").length === 3, `a resume was ${calls.join(", ")}`);
}

async function drillBreaks(drill: Drill): Promise<void> {
  const { pauses } = drill.simulation.desk;
  const by = { at: "2026-05-06T04:00:00.000Z", who: "operator" };
  const pause = async (ports: Ports): Promise<unknown> => await pauseAll(ports, by);
  const resume = async (ports: Ports): Promise<unknown> => await resumeAll(ports);
  const isWhole = (): boolean => onOf(drill) === RUNNING && pauses.stored === undefined;
  // Whoever resumes finds what was stopped, also where the pause itself was broken off.
  await breakOffEverywhere(drill, {
    name: "pause all",
    before: () => drill.ask("resume first", resume),
    work: pause,
    after: async (where) => {
      drill.must(onOf(drill) === "", `${onOf(drill)} is on although all was paused: ${where}`);
      await drill.ask("resume", resume);
      drill.must(isWhole(), `${onOf(drill)} is on after a pause and its end: ${where}`);
    },
  });
  await breakOffEverywhere(drill, {
    name: "resume all",
    before: () => drill.ask("pause first", pause),
    work: resume,
    after: (where) => drill.must(isWhole(), `${onOf(drill)} is on after a resume: ${where}`),
  });
}

/** Only what is not so yet is turned, and the answer tells one from the other. */
async function drillDeadLetters(drill: Drill): Promise<void> {
  const { switches } = drill.simulation.desk;
  for (const to of ["off", "on"] as const) {
    for (const isFirst of [true, false]) {
      let report: SwitchesReport | undefined;
      const calls = await callsOf(drill, "switch dead letters", async (ports) => {
        report = await switchDeadLetters(ports.switches, to);
      });
      const isSo = DEAD_LETTERS.split(" ").every((name) => switches.isOn(name) === (to === "on"));
      drill.must(isSo, `dead letters were to be ${to}`);
      const wanted = isFirst ? [DEAD_LETTERS, ""] : ["", DEAD_LETTERS];
      const isTold = turned(report) === wanted[0] && left(report) === wanted[1];
      drill.must(isTold, `dead letters were switched ${to}: ${textOf(report)}`);
      drill.must(calls.length === (isFirst ? 4 : 1), `dead letters were switched ${to} by ${calls.join(", ")}`);
    }
  }
  drill.must(onOf(drill) === RUNNING, `${onOf(drill)} is on after dead letters were switched`);
}

/** Names of what starts imports and is on. */
function onOf({ simulation }: Drill): string {
  return sorted([...RUNNING.split(" "), BROKEN].filter((name) => simulation.desk.switches.isOn(name)));
}

function turned(report: SwitchesReport | undefined): string {
  return namesOf(report?.turned ?? []);
}

function left(report: SwitchesReport | undefined): string {
  return namesOf(report?.left ?? []);
}

function textOf(report: SwitchesReport | undefined): string {
  return `turned ${turned(report)}, left ${left(report)}`;
}

function namesOf(switches: readonly Switch[]): string {
  return sorted(switches.map(({ name }) => name));
}

function sorted(names: readonly string[]): string {
  return names.toSorted().join(" ");
}
