/** One batch of SQS messages under one deadline: whatever is unfinished or failed is named, so that only that comes back. */
import type { SQSBatchResponse, SQSRecord } from "aws-lambda";

/** `again`: the message comes back after this many seconds. */
export type Settled = { readonly kind: "finished" } | { readonly kind: "again"; readonly delaySeconds: number };

export type BatchPorts = {
  readonly handle: (record: SQSRecord) => Promise<Settled>;
  /** Decides what becomes of a message whose handler threw; may throw itself. */
  readonly failed: (record: SQSRecord, error: unknown) => Promise<Settled>;
  /** Hears of an error that nobody could do anything about. */
  readonly report: (record: SQSRecord, error: unknown) => void;
  readonly postpone: (record: SQSRecord, delaySeconds: number) => Promise<void>;
};
export type BatchOptions = {
  readonly concurrency: number;
  /** Aborted near the deadline. */
  readonly signal: AbortSignal;
};

/** Time kept back to name the unfinished; a function that the runtime ends makes the whole batch come back. */
const MARGIN_MS = 5000;
/** 0 would lose the message in some engines. */
const SOON_SECONDS = 1;

/** Aborts `MARGIN_MS` before the function's end. */
export function deadlineSignal(remainingMs: number): AbortSignal {
  return AbortSignal.timeout(Math.max(0, remainingMs - MARGIN_MS));
}

/** Never throws, not even where every message failed: Lambda would take that for a broken function and slow down. */
export async function runBatch(
  records: readonly SQSRecord[],
  options: BatchOptions,
  ports: BatchPorts,
): Promise<SQSBatchResponse> {
  const waiting = records.values();
  const failures: string[] = [];
  const work = async (): Promise<void> => {
    for (const record of waiting) {
      const settled = await settle(record, options.signal, ports);
      if (settled.kind === "finished") continue;
      failures.push(record.messageId);
      await ports.postpone(record, Math.max(SOON_SECONDS, settled.delaySeconds)).catch((error: unknown) => {
        // It comes back all the same, only later: at the queue's visibility timeout.
        ports.report(record, error);
      });
    }
  };
  // One iterator, so that each message is taken once, by whoever is free.
  await Promise.all(Array.from({ length: Math.min(options.concurrency, records.length) }, work));
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** The only catch on a task's way. */
async function settle(record: SQSRecord, signal: AbortSignal, ports: BatchPorts): Promise<Settled> {
  if (signal.aborted) return { kind: "again", delaySeconds: SOON_SECONDS };
  const { promise: late, resolve } = Promise.withResolvers<Settled>();
  const leave = (): void => resolve({ kind: "again", delaySeconds: SOON_SECONDS });
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([handled(record, ports), late]);
  } catch (error) {
    ports.report(record, error);
    return { kind: "again", delaySeconds: SOON_SECONDS };
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

async function handled(record: SQSRecord, ports: BatchPorts): Promise<Settled> {
  return await ports.handle(record).catch(async (error: unknown) => await ports.failed(record, error));
}
