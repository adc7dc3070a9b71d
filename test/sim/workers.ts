/** The workers: each message is a process that does what the Lambda shells do with it. */
import { retryDelaySeconds } from "../../lib/core/backoff.ts";
import type { Failure } from "../../lib/core/failure.ts";
import { ServiceUnavailable } from "../../lib/core/failure.ts";
import { readTask } from "../../lib/core/letters.ts";
import type { TaskEnd } from "../../lib/core/runs.ts";
import { sheetWriter } from "../../lib/sheets/sheet-writer.ts";
import type { Task } from "../../lib/contract/task.ts";
import { exportFeed } from "../../lib/sync/export-feed.ts";
import { endDownload } from "../../lib/sync/end-download.ts";
import { importCalendar } from "../../lib/sync/import-calendar.ts";
import { makeDownload } from "../../lib/sync/make-download.ts";
import { recordLetter } from "../../lib/sync/record-letter.ts";
import { sendTurn } from "../../lib/sync/send-turn.ts";
import type { Delivery, MemoryQueue } from "../sync/memory-queue.ts";
import type { Ports } from "./desk.ts";
import type { Ledger } from "./ledger.ts";
import type { Call, Process, Receiver, Simulation } from "./simulation.ts";

const AT_ONCE = 6;
/** As the functions set them. */
const ATTEMPTS = 5;
const IMPORT_RECEIVES = 10;
const EXPORT_RECEIVES = 5;
/** Small ones, for calendars are small here. */
export const PART = { rows: 2, characters: 500 };
const ALERT_RETRY_SECONDS = 30;
/** Deliveries that SQS makes twice. */
const DOUBLED_SHARE = 0.03;

export function createReceivers(simulation: Simulation, ledger: Ledger): Receiver[] {
  const { imports, urgent, exports, downloads } = simulation.world;
  const { importDeadLetters, urgentDeadLetters, exportDeadLetters, downloadDeadLetters } = simulation.world;
  return [
    receiverOf(simulation, imports, (delivery) => workTask(simulation, imports, importDeadLetters, delivery, ledger)),
    receiverOf(simulation, urgent, (delivery) => workTask(simulation, urgent, urgentDeadLetters, delivery, ledger)),
    receiverOf(simulation, exports, (delivery) => workTask(simulation, exports, exportDeadLetters, delivery, ledger)),
    receiverOf(simulation, downloads, (delivery) => workTask(simulation, downloads, downloadDeadLetters, delivery, ledger)),
    schedulesOf(simulation, ledger),
    ...[importDeadLetters, urgentDeadLetters, exportDeadLetters, downloadDeadLetters].map((queue) =>
      receiverOf(simulation, queue, (delivery) => workDelivery(simulation, queue, delivery, ledger)),
    ),
  ];
}

/** Scheduler: calls fan-out at least once, and again where the call was not taken. */
function schedulesOf(simulation: Simulation, ledger: Ledger): Receiver {
  const { reservations, clock } = simulation.world;
  return {
    isReady: () => simulation.processes.size < AT_ONCE && reservations.nextDueMs() <= simulation.nowMs,
    readyAtMs: () => (simulation.processes.size < AT_ONCE ? reservations.nextDueMs() : Number.POSITIVE_INFINITY),
    receive: () => {
      const name = simulation.random.pick(reservations.due());
      const turn = reservations.call(name);
      if (turn === undefined) return;
      simulation.spawn(`own turn ${turn.taskId}`, async (ports, process) => {
        const end = await sendTurn(turn, ports, clock.now()).catch(rethrowUnlessPassing);
        if (end === undefined) return;
        if (end === "booked" && !reservations.records.has(turn.taskId)) simulation.violate(`${turn.taskId} is said to be booked`);
        if (end === "gone" || end === "paused") ledger.stopped(turn.taskId, end);
        reservations.taken(name);
        if (turn.bookings !== undefined && !process.done.includes("reservations.end")) {
          simulation.violate(`the record of ${turn.taskId} stays although it is on its way`);
        }
      });
    },
  };
}

function receiverOf(simulation: Simulation, queue: MemoryQueue, work: (delivery: Delivery) => void): Receiver {
  const isFree = (): boolean => simulation.processes.size < AT_ONCE && simulation.desk.switches.isOn(queue.name);
  return {
    isReady: () => isFree() && queue.nextVisibleAtMs() <= simulation.nowMs,
    readyAtMs: () => (isFree() ? queue.nextVisibleAtMs() : Number.POSITIVE_INFINITY),
    receive: () => {
      const messageId = simulation.random.pick(queue.visible());
      const delivery = queue.receive(messageId);
      if (delivery === undefined) return;
      if (simulation.faultShare > 0 && simulation.random.chance(DOUBLED_SHARE)) queue.double(messageId);
      work(delivery);
    },
  };
}

function workTask(
  simulation: Simulation,
  queue: MemoryQueue,
  deadLetters: MemoryQueue,
  delivery: Delivery,
  ledger: Ledger,
): void {
  const task = readTask(delivery.body);
  if (task === undefined) throw new Error(`not a task: ${delivery.body}`);
  const name = `${task.kind} ${task.taskId} (${delivery.messageId}, receive ${delivery.receives})`;
  const work = async (ports: Ports, process: Process, call: Call): Promise<void> => {
    const desk: Desk = { simulation, queue, deadLetters, delivery, call, ports, task };
    leaveAtDeadline(process, desk);
    const end = await runTask(task, ports, process, simulation, delivery.receives).catch((error: unknown) =>
      faultOf(error, delivery, simulation),
    );
    process.end = end;
    simulation.note(`#${process.id} ${end.kind === "retry" ? `retry ${end.failure.code}` : end.status}`);
    if (process.state !== "running") return;
    ledger.ended(task, end, process);
    await settleTask(desk, end).catch((error: unknown) => rethrowUnlessPassing(error));
  };
  simulation.spawn(name, work, { task, deadLetters, receives: delivery.receives });
}

type Desk = {
  readonly simulation: Simulation;
  readonly queue: MemoryQueue;
  readonly deadLetters: MemoryQueue;
  readonly delivery: Delivery;
  readonly call: Call;
  readonly ports: Ports;
  readonly task: Task;
};

async function runTask(task: Task, ports: Ports, process: Process, simulation: Simulation, receives: number): Promise<TaskEnd> {
  const { clock, newId } = simulation.world;
  if (task.kind === "export") return await exportFeed(task, ports, { now: clock.now });
  if (task.kind === "download") return await makeDownload(task, ports, { now: clock.now, writer: sheetWriter, size: PART });
  const random = (): number => simulation.random.next();
  return await importCalendar(task, ports, {
    now: clock.now,
    random,
    newId,
    signal: process.controller.signal,
    attempts: ATTEMPTS,
    receives,
  });
}

/** What the batch makes of a throw. */
function faultOf(error: unknown, delivery: Delivery, simulation: Simulation): TaskEnd {
  const isPassing = error instanceof ServiceUnavailable || (error instanceof Error && error.name === "AbortError");
  if (!isPassing) throw error;
  const failure: Failure = { code: "aws-unavailable", reason: error.message };
  return { kind: "retry", delaySeconds: retryDelaySeconds(delivery.receives, simulation.random.next()), failure };
}

async function settleTask({ simulation, ports, call, queue, deadLetters, delivery, task }: Desk, end: TaskEnd): Promise<void> {
  const { messageId, receives, body } = delivery;
  const limit = task.kind === "import" ? IMPORT_RECEIVES : EXPORT_RECEIVES;
  if (end.kind === "retry") {
    if (receives < limit) {
      await call("queue.postpone", async () => queue.postpone(messageId, end.delaySeconds));
      return;
    }
    await call("queue.giveUp", async () => deadLetters.send(body, 0, { ...end.failure, attempts: receives }));
    if (task.kind === "download") await failDownload(task.downloadId, end.failure, ports, simulation);
  }
  await call("queue.acknowledge", async () => queue.acknowledge(messageId));
}

/** Whoever asked hears of it before the message goes. */
async function failDownload(downloadId: string, failure: Failure, ports: Ports, simulation: Simulation): Promise<void> {
  await endDownload(downloadId, failure, ports, simulation.world.clock.now());
  const { state, isUntold } = simulation.desk.downloadBook.records.get(downloadId) ?? {};
  if (state === "failed" && isUntold === true) simulation.violate(`download ${downloadId} failed and told nobody`);
}

/** At its deadline the batch answers without the task; the frozen process may wake up again and go on. */
function leaveAtDeadline(process: Process, { simulation, queue, delivery }: Desk): void {
  process.controller.signal.addEventListener("abort", () => {
    if (process.state !== "running") return;
    process.state = "left";
    simulation.note(`#${process.id} is left at its deadline`);
    queue.postpone(delivery.messageId, 1);
    simulation.processes.delete(process);
  });
}

function workDelivery(simulation: Simulation, queue: MemoryQueue, delivery: Delivery, ledger: Ledger): void {
  const { messageId } = delivery;
  simulation.spawn(`alert ${messageId}`, async (ports, _process, call) => {
    const dead = queue.deadDelivery(delivery);
    try {
      const taken = await recordLetter(dead, ports, simulation.world.clock.now());
      simulation.note(`letter ${taken}`);
      ledger.recorded(dead.body);
      await call("queue.acknowledge", async () => queue.acknowledge(messageId));
    } catch (error) {
      rethrowUnlessPassing(error);
      queue.postpone(messageId, ALERT_RETRY_SECONDS);
    }
  });
}

export function rethrowUnlessPassing(error: unknown): void {
  const isRefused = error instanceof Error && (error.name === "Refusal" || error.message.includes("times in a row"));
  if (!(error instanceof ServiceUnavailable) && !isRefused) throw error;
}
