/** The numbers of many runs as a table: steps, faults per port method, crash points hit. */
import type { SeedReport } from "./run-seed.ts";
import { FAULTS } from "./simulation.ts";

const NAME_WIDTH = 26;
const WIDTH = 13;

export function tellFaults(reports: readonly SeedReport[], seconds: number): string {
  const sum = (pick: (report: SeedReport) => number): number => reports.reduce((total, report) => total + pick(report), 0);
  const methods = [...new Set(reports.flatMap(({ calls }) => [...calls.keys()]))].toSorted();
  const rows = methods.map((method) => {
    const counts = FAULTS.map((fault) => sum(({ faults }) => faults.get(method)?.get(fault) ?? 0));
    return [method, sum(({ calls }) => calls.get(method) ?? 0), ...counts];
  });
  const crashPoints = rows.flatMap((row) => row.slice(-2)).filter((count) => Number(count) > 0).length;
  const table = [["port method", "calls", ...FAULTS], ...rows].map(([name = "", ...cells]) =>
    [String(name).padEnd(NAME_WIDTH), ...cells.map((cell) => String(cell).padStart(WIDTH))].join(""),
  );
  const facts = [
    `${reports.length} seeds, ${reports.filter(({ violation }) => violation !== undefined).length} broken, ${seconds.toFixed(1)} s`,
    `${sum(({ steps }) => steps)} steps, ${Math.round(sum(({ simulatedHours }) => simulatedHours))} simulated hours`,
    `${sum(({ tasks }) => tasks)} tasks, ${sum(({ commits }) => commits)} commits, ${sum(({ flips }) => flips)} flips`,
    `${sum(({ letters }) => letters)} letters, ${sum(({ heldRemovals }) => heldRemovals)} removals applied after their hold`,
    `${sum(({ deferredOneOffs }) => deferredOneOffs)} one-off tasks deferred, ${crashPoints} of ${methods.length * 2} crash points hit`,
  ];
  return [...table, "", ...facts].join("\n");
}
