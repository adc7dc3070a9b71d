/** What a command is given: where to print, what it is run in, and how to reach a deployment. */
import type { ApproveHoldPorts } from "../sync/approve-hold.ts";
import type { ChangeTopic, ExportQueue } from "../sync/finish-commit.ts";
import type { SourceFetcher } from "../sync/import-calendar.ts";
import type { LetterBook } from "../sync/record-letter.ts";
import type {
  CalendarCensus,
  CalendarRegistry,
  CursorReader,
  FeedRegistry,
  HoldShelf,
  KeyBook,
  LetterShelf,
} from "../sync/registry.ts";
import type { UrgentQueue } from "../sync/replay-letter.ts";
import type { RollbackPorts } from "../sync/rollback-calendar.ts";

/** Options of every command. */
export type Place = { readonly local?: boolean; readonly stage?: string };
export type Globals = Place & { readonly json?: boolean };

export interface QueueDepths {
  /** Approximate, as SQS counts. */
  depths(): Promise<readonly QueueDepth[]>;
}
export type QueueDepth = {
  readonly queue: string;
  readonly waiting: number;
  readonly inFlight: number;
  readonly delayed: number;
};

/** A deployment that was found: the adapters to it. */
export type Connection = {
  readonly calendars: CalendarRegistry & CalendarCensus & HoldShelf & ApproveHoldPorts["calendars"];
  readonly objects: ApproveHoldPorts["objects"] & RollbackPorts["objects"];
  readonly changes: ChangeTopic;
  readonly feeds: FeedRegistry;
  readonly letters: LetterBook & LetterShelf;
  readonly keys: KeyBook;
  readonly urgent: UrgentQueue;
  readonly exports: ExportQueue;
  readonly cursor: CursorReader;
  readonly queues: QueueDepths;
  /** Where subscribers reach it. */
  readonly base: string;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly randomBytes: (size: number) => Uint8Array;
};

export type Terminal = {
  /** Writes whole lines for the reader of the answer. */
  readonly print: (text: string) => void;
  /** Writes whole lines for whoever watches. */
  readonly complain: (text: string) => void;
  readonly readInput: () => Promise<Uint8Array>;
  /** Lines of standard input as they come. */
  readonly inputLines: () => AsyncIterable<string>;
  readonly connect: (place: Place) => Promise<Connection>;
  /** The guarded fetch that imports use; `local` lets it reach this machine. */
  readonly source: (place: Place) => Promise<SourceFetcher>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => Date;
  /** Ends with this status though nothing was refused. */
  readonly endWith: (status: number) => void;
};
