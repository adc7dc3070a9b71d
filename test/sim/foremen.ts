/** People who work on many things at once, part by part, and ask again after an error: each thing has one outcome, and each outcome is so. */
import { BulkRequest } from "../../lib/contract/bulk.ts";
import type { BulkReport } from "../../lib/contract/bulk.ts";
import { runBulk } from "../../lib/sync/run-bulk.ts";
import { BULK_READS, bulkPorts } from "./bulk-desk.ts";
import { brokenClaims } from "./bulk-claims.ts";
import type { Asked } from "./bulk-desk.ts";
import type { Counter } from "./counter.ts";
import { Errand } from "./errands.ts";
import type { Journal } from "./journal.ts";
import type { Process } from "./simulation.ts";

/** A part that fails so often is given up with all its order. */
const TRIES = 5;

type Order = {
  readonly request: Asked;
  readonly errand: Errand;
  /** Whom it means and cannot pass over: those that are there from its beginning on. */
  readonly meant: () => ReadonlySet<string>;
  readonly before: ReadonlySet<string>;
  readonly outcomes: Map<string, string>;
  cursor: string | undefined;
  tries: number;
};

export class Foremen {
  private readonly counter: Counter;
  private readonly journal: Journal;
  private readonly orders: Order[] = [];

  constructor(counter: Counter, journal: Journal) {
    this.counter = counter;
    this.journal = journal;
  }

  /** @param meant whom the filter means at that moment, whatever becomes of them */
  order(request: Asked, meant: () => ReadonlySet<string>): Errand {
    const errand = new Errand(() => this.ask(order));
    const order: Order = { request, errand, meant, before: meant(), outcomes: new Map(), cursor: undefined, tries: 0 };
    this.orders.push(order);
    errand.go();
    return errand;
  }

  /** Whoever got an error asks for the same part again, or from the beginning. */
  goOn(): void {
    for (const { errand } of this.open) errand.go();
  }

  /** Nobody begins to pause anything any more. */
  settle(): void {
    for (const { errand, request } of this.open) if (request.action === "pause" && request.dryRun !== true) errand.isDone = true;
    this.goOn();
  }

  check(): void {
    const open = this.open.map(({ request }) => request.action);
    this.counter.must(open.length === 0, `${open.join(" and ")} of many did not end, although all is well`);
  }

  private get open(): readonly Order[] {
    return this.orders.filter(({ errand }) => !errand.isDone);
  }

  private ask(order: Order): Process {
    const { counter, journal } = this;
    const { request, errand } = order;
    order.tries += 1;
    if (order.tries % TRIES === 0) begin(order);
    const since = journal.now;
    const process = counter.ask(`bulk ${request.action}`, async (ports) => {
      const asked = BulkRequest.parse({ ...request, cursor: order.cursor });
      const report = await runBulk(asked, bulkPorts(ports), counter.context());
      const wrote = process.done.filter((call) => !BULK_READS.has(call));
      counter.must(!report.dryRun || wrote.length === 0, `a look at ${request.action} of many wrote ${wrote.join(", ")}`);
      const part = { request: asked, report, process, processes: errand.processes, since };
      for (const text of brokenClaims(part, counter.simulation, journal)) counter.must(false, text);
      this.take(order, report);
    });
    return process;
  }

  private take(order: Order, { items, cursor }: BulkReport): void {
    for (const item of items) {
      const isFirst = !order.outcomes.has(item.id);
      this.counter.must(isFirst, `${order.request.action} of many has two outcomes of ${item.id}`);
      order.outcomes.set(item.id, item.outcome);
    }
    order.cursor = cursor;
    if (cursor === undefined) this.end(order);
    // The next part at once; its process begins when this one has ended.
    else this.counter.simulation.at(1, () => order.errand.go());
  }

  private end({ request, errand, before, meant, outcomes }: Order): void {
    errand.isDone = true;
    const after = meant();
    const passed = [...before].filter((id) => after.has(id) && !outcomes.has(id));
    this.counter.must(passed.length === 0, `${request.action} of many passed over ${passed.join(" and ")}`);
  }
}

/** To begin again does no harm. */
function begin(order: Order): void {
  order.outcomes.clear();
  order.cursor = undefined;
}
