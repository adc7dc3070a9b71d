/** What a command is given: where to print, what it is run in, and how to reach a deployment. */
import type { ApproveHoldPorts } from "../sync/approve-hold.ts";
import type { BookPorts } from "../sync/book-task.ts";
import type { FeedEditor } from "../sync/change-feed.ts";
import type { MemberBook } from "../sync/change-members.ts";
import type { CalendarEditor } from "../sync/change-calendar.ts";
import type { ExternalIdBook } from "../sync/claim-external-id.ts";
import type { ChangeTopic, ExportQueue } from "../sync/finish-commit.ts";
import type { PublishedReader } from "../sync/list-feed-events.ts";
import type { ListChangesPorts } from "../sync/list-changes.ts";
import type { BookingSchedules, ErasureBook, ErasureObjects } from "../sync/erasure.ts";
import type { DownloadShelf, FileReader } from "../sync/fetch-download.ts";
import type { FeedBook, FeedObjects } from "../sync/export-feed.ts";
import type { FeedCensus } from "../sync/export-registry.ts";
import type { SourceFetcher } from "../sync/import-calendar.ts";
import type { OwnersReservationBook, ReservationSchedules } from "../sync/make-reservation.ts";
import type { PauseBook, Switchboard } from "../sync/pause-all.ts";
import type { HostGate, OwnerGate, PauseCalendarPorts } from "../sync/pause-calendar.ts";
import type { AlertBook } from "../sync/raise-alert.ts";
import type { FeedObjectRemover, FeedRemover } from "../sync/purge-feed.ts";
import type { LetterBook } from "../sync/record-letter.ts";
import type { RedriveLane } from "../sync/redrive-letters.ts";
import type {
  CalendarCensus,
  CalendarRegistry,
  CursorReader,
  FeedRegistry,
  HoldShelf,
  KeyBook,
  LetterShelf,
  LetterStock,
} from "../sync/registry.ts";
import type { RepeatBook, RepeatSchedules } from "../sync/repeat-download.ts";
import type { DownloadQueue, ReplayPorts, UrgentQueue } from "../sync/replay-letter.ts";
import type { DownloadDesk } from "../sync/request-download.ts";
import type { HostBook } from "../sync/run-tick.ts";
import type { ForgetfulBook } from "../sync/refresh-calendar.ts";
import type { RemovalMarker } from "../sync/remove-feed.ts";
import type { LinkRevoker } from "../sync/revoke-link.ts";
import type { QuotaBook } from "../sync/require-room.ts";
import type { RollbackPorts } from "../sync/rollback-calendar.ts";
import type { LinkRetirer } from "../sync/rotate-link.ts";
import type { CronSchedules } from "../sync/send-cron-turn.ts";
import type { OwnerRecords } from "../sync/suspend-owner.ts";
import type { HostPolicyBook } from "../sync/set-host.ts";

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
  readonly calendars: CalendarRegistry &
    CalendarCensus &
    HoldShelf &
    ApproveHoldPorts["calendars"] &
    PauseCalendarPorts["calendars"];
  readonly objects: ApproveHoldPorts["objects"] & RollbackPorts["objects"] & ListChangesPorts["objects"];
  readonly changes: ChangeTopic;
  /** On the changes topic; not open yet. */
  readonly ear: () => Promise<Ear>;
  readonly feeds: FeedRegistry & FeedEditor & RemovalMarker & MemberBook & FeedRemover & FeedCensus & Pick<FeedBook, "flip">;
  readonly links: LinkRetirer & LinkRevoker;
  /** The bytes of feeds. */
  readonly published: FeedObjectRemover & PublishedReader & Pick<FeedObjects, "putFeed">;
  readonly letters: LetterBook & LetterShelf & LetterStock;
  readonly alerts: AlertBook;
  readonly keys: KeyBook;
  readonly quotas: QuotaBook;
  readonly ownerRecords: OwnerRecords & OwnerGate;
  readonly erasure: ErasureBook;
  readonly erasureObjects: ErasureObjects;
  readonly hosts: HostBook & HostGate & HostPolicyBook;
  readonly urgent: UrgentQueue & ReplayPorts["urgent"];
  readonly reservations: BookPorts["reservations"] & BookingSchedules;
  readonly ownersReservations: OwnersReservationBook;
  readonly reservationSchedules: ReservationSchedules;
  readonly crons: CronSchedules;
  readonly editor: CalendarEditor & ForgetfulBook;
  readonly externalIds: ExternalIdBook;
  readonly exports: ExportQueue;
  readonly downloads: DownloadQueue;
  readonly downloadBook: DownloadDesk & DownloadShelf;
  readonly downloadFiles: FileReader;
  readonly repeats: RepeatBook;
  readonly repeatSchedules: RepeatSchedules;
  readonly cursor: CursorReader;
  readonly queues: QueueDepths;
  /** Made when it is asked for: most commands need none of it. */
  readonly operations: () => Promise<Operations>;
  /** Where subscribers reach it. */
  readonly base: string;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly randomBytes: (size: number) => Uint8Array;
};

/** Hears what is published while it is open. */
export interface Ear {
  open(id: string, filter: HeardFilter): Promise<void>;
  /** What came within a few seconds. */
  listen(signal: AbortSignal): Promise<readonly string[]>;
  close(): Promise<void>;
  /** Takes away what killed listeners left, and says how much. */
  sweep(now: Date): Promise<number>;
}
/** Values of the messages' attributes; what is absent excludes none. */
export type HeardFilter = Readonly<Partial<Record<"kind" | "calendarId" | "feedId" | "ownerId", readonly string[] | undefined>>>;

/** What stops, starts and examines a deployment as a whole. */
export type Operations = {
  readonly switches: Switchboard;
  readonly pauses: PauseBook;
  readonly lanes: readonly RedriveLane[];
  readonly probe: Probe;
};
export interface Probe {
  /** AWS's clock minus ours, milliseconds; as exact as an HTTP date, a second. */
  clockSkewMs(): Promise<number>;
  /** UTC instant at which the oldest message seen in the queue was sent; undefined where none was seen. */
  oldestIn(queue: string): Promise<string | undefined>;
  /** Who hears alerts by the topic. */
  subscriptions(): Promise<{ readonly confirmed: number; readonly pending: number }>;
  /** The webhook itself is a secret. */
  readonly webhook: string | undefined;
}

export type Terminal = {
  /** Writes whole lines for the reader of the answer. */
  readonly print: (text: string) => void;
  /** Writes whole lines for whoever watches. */
  readonly complain: (text: string) => void;
  readonly readInput: () => Promise<Uint8Array>;
  /** What a new calendar's source is asked with, where the environment holds it. */
  readonly sourceSecret?: string;
  /** Lines of standard input as they come. */
  readonly inputLines: () => AsyncIterable<string>;
  readonly connect: (place: Place) => Promise<Connection>;
  /** The guarded fetch that imports use; `local` lets it reach this machine. */
  readonly source: (place: Place) => Promise<SourceFetcher>;
  /** Draws over the line that was drawn before, and with "" wipes it; absent where nobody watches. */
  readonly draw?: (line: string) => void;
  /** Aborted by Ctrl-C from now on; a second one ends the process. Absent where there is no keyboard. */
  readonly interruption?: () => AbortSignal;
  /** Writes a file in place of one that is there. */
  readonly writeFile: (file: string, bytes: Uint8Array) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => Date;
  /** Ends with this status though nothing was refused. */
  readonly endWith: (status: number) => void;
};
