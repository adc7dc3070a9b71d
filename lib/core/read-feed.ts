/** What one complete body of a feed says: its content hash first, its events where that hash is new. */

/** One VEVENT as the source means it now; identity is (uid, recurrenceId). */
export type ReadEvent = {
  /** The source's UID, or a stable synthetic one where it has none. */
  readonly uid: string;
  /** The UID as the source wrote it; empty when it had none. */
  readonly sourceUid: string;
  /** As in SnapshotEvent: instant, date or floating time in basic form. */
  readonly recurrenceId?: string | undefined;
  /** Hash of the source's block and of all that it is read by (zones, engine): equal means nothing to parse. */
  readonly block: string;
  /** Hash of the meaning without UID, DTSTAMP, CREATED, LAST-MODIFIED and SEQUENCE. */
  readonly meaning: string;
  /** The source's SEQUENCE, 0 where it has none. */
  readonly sequence: number;
  /** The source's LAST-MODIFIED, `20260506T010000Z`. */
  readonly lastModified?: string | undefined;
  readonly zoneUnknown?: boolean | undefined;
  /** BEGIN:VEVENT to END:VEVENT in the normal form of SnapshotEvent.text; UID is `uid`. */
  readonly text: string;
};
