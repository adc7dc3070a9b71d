/** The numbers of many runs as a table: steps, faults per port method, crash points hit, and what was disturbed least. */
import type { SeedReport } from "./run-seed.ts";
import { FAULTS } from "./simulation.ts";
import type { Fault } from "./simulation.ts";

const NAME_WIDTH = 30;
const WIDTH = 13;
const LEAST_SHOWN = 5;

type Count = { readonly method: string; readonly fault: Fault; readonly count: number };

export function tellFaults(reports: readonly SeedReport[], seconds: number): string {
  const sum = (pick: (report: SeedReport) => number): number => reports.reduce((total, report) => total + pick(report), 0);
  const methods = [...new Set(reports.flatMap(({ calls }) => [...calls.keys()]))].toSorted();
  const counts = methods.flatMap((method) =>
    FAULTS.map((fault): Count => ({ method, fault, count: sum(({ faults }) => faults.get(method)?.get(fault) ?? 0) })),
  );
  const rows = methods.map((method) => {
    const ways = counts.filter((one) => one.method === method).map(({ count }) => count);
    return rowOf(method, [sum(({ calls }) => calls.get(method) ?? 0), ...ways]);
  });
  const facts = [
    `${reports.length} seeds, ${reports.filter(({ violation }) => violation !== undefined).length} broken, ${seconds.toFixed(1)} s`,
    `${sum(({ steps }) => steps)} steps, ${Math.round(sum(({ simulatedHours }) => simulatedHours))} simulated hours`,
    `${sum(({ tasks }) => tasks)} tasks, ${sum(({ commits }) => commits)} commits, ${sum(({ flips }) => flips)} flips`,
    `${sum(({ letters }) => letters)} letters, ${sum(({ heldRemovals }) => heldRemovals)} removals applied after their hold`,
    `${sum(({ deferredOneOffs }) => deferredOneOffs)} one-off tasks deferred`,
    `${counts.reduce((total, { count }) => total + count, 0)} faults`,
    `${methods.length} port methods, ${leastOf(counts)}`,
    crashPointsOf(counts),
  ];
  return [rowOf("port method", ["calls", ...FAULTS]), ...rows, "", ...facts].join("\n");
}

function rowOf(name: string, cells: readonly (string | number)[]): string {
  return [name.padEnd(NAME_WIDTH), ...cells.map((cell) => String(cell).padStart(WIDTH))].join("");
}

function leastOf(counts: readonly Count[]): string {
  const least = counts.toSorted((one, other) => one.count - other.count).slice(0, LEAST_SHOWN);
  const shown = least.map(({ method, fault, count }) => `${method} ${fault} ${count}`).join(", ");
  return `each disturbed in each of ${FAULTS.length} ways at least ${least[0]?.count ?? 0} times; fewest: ${shown}`;
}

/** A crash point is the moment before or after a call's effect. */
function crashPointsOf(counts: readonly Count[]): string {
  const points = counts.filter(({ fault }) => fault.startsWith("crash"));
  const missed = points.filter(({ count }) => count === 0).map(({ method, fault }) => `${method} ${fault}`);
  const hit = `${points.length - missed.length} of ${points.length} crash points hit`;
  return missed.length === 0 ? hit : `${hit}, missed: ${missed.join(", ")}`;
}
