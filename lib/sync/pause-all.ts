/** Stop what starts imports, and start again what was running before: queued tasks wait and lose no attempt. */
import type { Pause } from "../contract/pause.ts";

/** A schedule or an event source mapping. */
export type Switch = {
  readonly kind: "schedule" | "event-source";
  /** Name of the schedule, UUID of the mapping. */
  readonly id: string;
  /** For people: the schedule's name, or the queue that the mapping reads. */
  readonly name: string;
  readonly isOn: boolean;
};
export interface Switchboard {
  /** Every schedule of the stack's group. */
  schedules(): Promise<readonly Switch[]>;
  /** Event sources of the queues of imports, urgent ones too. */
  importSources(): Promise<readonly Switch[]>;
  /** Event sources of the dead letter queues. */
  deadLetterSources(): Promise<readonly Switch[]>;
  /** Returns when it is so. */
  turn(which: Switch, to: "on" | "off"): Promise<void>;
}
export interface PauseBook {
  pause(): Promise<Pause | undefined>;
  putPause(pause: Pause): Promise<void>;
  endPause(): Promise<void>;
}
export type PausePorts = { readonly switches: Switchboard; readonly pauses: PauseBook };
export type SwitchesReport = { readonly turned: readonly Switch[]; readonly left: readonly Switch[] };

/** What was on is written down before it is switched off: a crash between the two forgets nothing. `left`: was off before. */
export async function pauseAll(ports: PausePorts, by: { readonly at: string; readonly who: string }): Promise<SwitchesReport> {
  const all = await everySwitch(ports.switches);
  const on = all.filter(({ isOn }) => isOn);
  const known = await ports.pauses.pause();
  const merged = (kind: Switch["kind"], before: readonly string[] = []): string[] => [
    ...new Set([...before, ...on.filter((one) => one.kind === kind).map(({ id }) => id)]),
  ];
  await ports.pauses.putPause({
    version: 1,
    at: known?.at ?? by.at,
    who: known?.who ?? by.who,
    schedules: merged("schedule", known?.schedules),
    eventSources: merged("event-source", known?.eventSources),
  });
  // Schedules first: they make what the event sources work.
  for (const one of on) await ports.switches.turn(one, "off");
  return { turned: on, left: all.filter(({ isOn }) => !isOn) };
}

/** `left`: was off before the pause, and stays so. Undefined where nothing was paused. */
export async function resumeAll(ports: PausePorts): Promise<SwitchesReport | undefined> {
  const pause = await ports.pauses.pause();
  if (pause === undefined) return undefined;
  const off = (await everySwitch(ports.switches)).filter(({ isOn }) => !isOn);
  const remembered = new Set([...pause.schedules, ...pause.eventSources]);
  const turned = off.filter(({ id }) => remembered.has(id));
  for (const one of turned.toReversed()) await ports.switches.turn(one, "on");
  await ports.pauses.endPause();
  return { turned, left: off.filter(({ id }) => !remembered.has(id)) };
}

/** Switches the dead letters' event sources, so that messages stay in their queues, or are recorded again. */
export async function switchDeadLetters(switches: Switchboard, to: "on" | "off"): Promise<SwitchesReport> {
  const all = await switches.deadLetterSources();
  const turned = all.filter(({ isOn }) => isOn !== (to === "on"));
  for (const one of turned) await switches.turn(one, to);
  return { turned, left: all.filter(({ isOn }) => isOn === (to === "on")) };
}

async function everySwitch(switches: Switchboard): Promise<readonly Switch[]> {
  return [...(await switches.schedules()), ...(await switches.importSources())];
}
