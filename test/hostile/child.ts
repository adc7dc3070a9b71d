/** One step of one hostile input in a process of its own, as the functions are processes of their own; prints what it cost as one JSON line. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { SnapshotEvent, SnapshotHeader } from "../../lib/contract/snapshot.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import { exportSnapshot, faultsOfFeed, faultsOfReports, importInput, outcomeOf } from "./examine.ts";
import type { HostileInput } from "./hostile-input.ts";
import { HOSTILE_INPUTS } from "./inputs.ts";

const [, , name, step, folder = ""] = process.argv;
const input = HOSTILE_INPUTS.find((each) => each.name === name);
if (input === undefined) throw new Error(`there is no hostile input ${name ?? ""}`);
const [before, after] = [join(folder, "before.json"), join(folder, "after.json")];

const report = step === "export" ? exportStep(input) : step === "before" ? await storeFirst(input) : await importStep(input);
console.log(JSON.stringify(report));

/** What is stored when the hostile body comes; its costs are nobody's. */
async function storeFirst(hostile: HostileInput): Promise<object> {
  const cost = startCost();
  const imported = await importInput({}, Buffer.from(hostile.before?.() ?? ""), undefined);
  if (imported.kind === "refused") throw new Error(`the first body is refused: ${imported.reason}`);
  store(before, imported.snapshot);
  return { ...cost(), kind: imported.kind, faults: [], outcome: {} };
}

async function importStep(hostile: HostileInput): Promise<object> {
  const made = hostile.body();
  const bytes = typeof made === "string" ? Buffer.from(made) : made;
  const previous = existsSync(before) ? load(before) : undefined;
  const cost = startCost();
  const imported = await importInput(hostile, bytes, previous);
  const costs = cost();
  if (imported.kind === "stored") store(after, imported.snapshot);
  const outcome = outcomeOf(imported, { ics: "", exported: 0, occurrences: 0, capped: false });
  return { ...costs, kind: imported.kind, faults: faultsOfReports(hostile, imported), outcome };
}

function exportStep(hostile: HostileInput): object {
  const snapshot = load(after);
  const cost = startCost();
  const exported = exportSnapshot(snapshot);
  const costs = cost();
  const { exported: count, occurrences, capped } = exported;
  return {
    ...costs,
    kind: "exported",
    faults: faultsOfFeed(hostile, exported),
    outcome: { exported: count, occurrences, capped },
  };
}

/** One JSON line each for the header and every event, as in the bucket. */
function store(file: string, { events, ...header }: Snapshot): void {
  writeFileSync(file, [header, ...events].map((part) => JSON.stringify(part)).join("\n"));
}

function load(file: string): Snapshot {
  const [header = "", ...events] = readFileSync(file, "utf8").split("\n");
  return { ...SnapshotHeader.parse(JSON.parse(header)), events: events.map((line) => SnapshotEvent.parse(JSON.parse(line))) };
}

/** Time of the main thread: on a machine of its own it is the time that passes. */
function startCost(): () => { cpuMs: number; wallMs: number; peakMiB: number } {
  const cpu = process.threadCpuUsage();
  const started = performance.now();
  return () => {
    const { user, system } = process.threadCpuUsage(cpu);
    const wallMs = Math.round(performance.now() - started);
    return { cpuMs: Math.round((user + system) / 1000), wallMs, peakMiB: Math.round(process.resourceUsage().maxRSS / 1024) };
  };
}
