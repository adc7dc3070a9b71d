/** What the routes stand on: the ports of the use cases and the registry, and what differs between calls. */
import type { IdempotencyBook } from "./idempotency.ts";
import type { ApproveHoldPorts } from "../sync/approve-hold.ts";
import type { BookPorts } from "../sync/book-task.ts";
import type { FeedEditor } from "../sync/change-feed.ts";
import type { MemberBook } from "../sync/change-members.ts";
import type { CalendarEditor } from "../sync/change-calendar.ts";
import type { ExternalIdBook } from "../sync/claim-external-id.ts";
import type { FeedCensus } from "../sync/export-registry.ts";
import type { ExportQueue, ChangeTopic } from "../sync/finish-commit.ts";
import type { PublishedReader } from "../sync/list-feed-events.ts";
import type { ListChangesPorts } from "../sync/list-changes.ts";
import type { OwnersReservationBook, ReservationSchedules } from "../sync/make-reservation.ts";
import type { BookingSchedules, ErasureBook, ErasureObjects } from "../sync/erasure.ts";
import type { DownloadShelf, SignedObjects } from "../sync/fetch-download.ts";
import type { PutEventsPorts } from "../sync/put-events.ts";
import type { HostGate, OwnerGate, PauseCalendarPorts } from "../sync/pause-calendar.ts";
import type { FeedObjectRemover, FeedRemover } from "../sync/purge-feed.ts";
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
import type { RepeatBook, RepeatSchedules } from "../sync/repeat-download.ts";
import type { ReplayPorts } from "../sync/replay-letter.ts";
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

export interface OwnerBook {
  /** Whose the calendar is, or the feed where one is named; undefined where there is none. */
  ownerOf(thing: { readonly calendarId?: string; readonly feedId?: string }): Promise<string | undefined>;
}

export type ApiServices = {
  readonly owners: OwnerBook;
  /** What is said of owners as such. */
  readonly ownerRecords: OwnerRecords & OwnerGate;
  readonly erasure: ErasureBook;
  readonly erasureObjects: ErasureObjects;
  readonly calendars: CalendarRegistry &
    CalendarCensus &
    HoldShelf &
    PutEventsPorts["calendars"] &
    ApproveHoldPorts["calendars"] &
    PauseCalendarPorts["calendars"];
  readonly feeds: FeedRegistry & FeedEditor & RemovalMarker & MemberBook & FeedRemover & FeedCensus;
  readonly links: LinkRetirer & LinkRevoker;
  /** The bytes of feeds. */
  readonly published: FeedObjectRemover & PublishedReader;
  readonly objects: ApproveHoldPorts["objects"] & RollbackPorts["objects"] & ListChangesPorts["objects"];
  readonly letters: LetterBook & LetterShelf;
  readonly keys: KeyBook;
  readonly idempotency: IdempotencyBook;
  readonly quotas: QuotaBook;
  /** What fan-out has covered. */
  readonly cursor: CursorReader;
  readonly hosts: HostBook & HostGate & HostPolicyBook;
  readonly urgent: PutEventsPorts["urgent"] & ReplayPorts["urgent"];
  readonly reservations: BookPorts["reservations"] & BookingSchedules;
  readonly ownersReservations: OwnersReservationBook;
  readonly reservationSchedules: ReservationSchedules;
  readonly crons: CronSchedules;
  readonly editor: CalendarEditor & ForgetfulBook;
  readonly externalIds: ExternalIdBook;
  readonly exports: ExportQueue;
  readonly downloads: ReplayPorts["downloads"];
  readonly downloadBook: DownloadDesk & DownloadShelf;
  readonly signed: SignedObjects;
  readonly repeats: RepeatBook;
  readonly repeatSchedules: RepeatSchedules;
  readonly changes: ChangeTopic;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Hears of every error that the caller cannot mend; the caller gets its code alone. */
  readonly reportFault: (error: unknown) => void;
};
