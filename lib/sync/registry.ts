/** Ports of the use cases and routes that read and write what owners asked for. */
import type { Calendar } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Feed, Link, Member } from "../contract/feed.ts";
import type { Key } from "../contract/key.ts";
import type { Letter, LetterState } from "../contract/letter.ts";
import type { Run } from "../contract/run.ts";
import type { LoadedFeed } from "./export-feed.ts";
import type { LoadedCalendar } from "./import-calendar.ts";

/** One page of a listing; `cursor` asks for the next. */
export type Page<Item> = { readonly items: readonly Item[]; readonly cursor: string | undefined };
export type PageRequest = { readonly limit: number; readonly cursor: string | undefined };

export interface CalendarRegistry {
  load(calendarId: string): Promise<LoadedCalendar | undefined>;
  list(ownerId: string, page: PageRequest): Promise<Page<LoadedCalendar>>;
  putCheckpoint(checkpoint: Checkpoint): Promise<void>;
  putCalendar(calendar: Calendar): Promise<void>;
  /** Takes the calendar off the wheel. */
  leaveWheel(calendarId: string): Promise<void>;
  feedsOf(calendarId: string): Promise<readonly string[]>;
  putFeedPointer(calendarId: string, feedId: string): Promise<void>;
  deletePointersAndCheckpoint(calendarId: string): Promise<void>;
  /** From now on people neither find nor list it; whoever removes it, or asks whose it is, still does. */
  markRemoved(calendarId: string): Promise<void>;
  deleteCalendar(calendarId: string): Promise<void>;
  putRun(run: Run): Promise<void>;
  run(calendarId: string, runId: string): Promise<Run | undefined>;
  /** Newest first. */
  runs(calendarId: string, page: PageRequest): Promise<Page<Run>>;
}

export interface FeedRegistry {
  load(feedId: string): Promise<(LoadedFeed & { readonly links: readonly Link[] }) | undefined>;
  list(ownerId: string, page: PageRequest): Promise<Page<Feed>>;
  putMembers(feedId: string, members: readonly Member[]): Promise<void>;
  deleteMember(feedId: string, calendarId: string): Promise<void>;
  putFeed(feed: Feed): Promise<void>;
}

export interface LetterShelf {
  /** Letters of one state, the one that was last heard of first. */
  list(state: LetterState, page: PageRequest): Promise<Page<Letter>>;
}
/** For work on very many letters. */
export interface LetterStock {
  /** Every letter of one state, in no order; one that leaves the state meanwhile may come all the same. */
  every(state: LetterState): AsyncIterable<Letter>;
}

export interface KeyBook {
  /** The key with this lower-case hex SHA-256, revoked ones too. */
  key(keyHash: string): Promise<Key | undefined>;
  /** By its public id; undefined where none has it. */
  keyById(keyId: string): Promise<Key | undefined>;
  /** One owner's by age, or everybody's; revoked and expired ones too. */
  keys(ownerId: string | undefined, page: PageRequest): Promise<Page<Key>>;
  putKey(key: Key): Promise<void>;
  /** A key that is revoked already stays as it is. */
  revokeKey(keyHash: string, at: string): Promise<void>;
  /** Does nothing where the key was marked after `before`. */
  markKeyUsed(key: Key, at: string, before: string): Promise<void>;
}

/** What `calferry status` reads of the whole stack; a scan, never on the way of a task. */
export interface CalendarCensus {
  /** Every calendar of every owner, in no order. A cursor that cannot be read is the refusal `query-invalid`. */
  everyCalendar(page: PageRequest): Promise<Page<LoadedCalendar>>;
}
export interface CursorReader {
  /** Last minute since the epoch that fan-out has covered; undefined before the first tick. */
  lastCovered(): Promise<number | undefined>;
}
export interface HoldShelf {
  /** One owner's calendars under a hold, the oldest hold first. */
  holds(ownerId: string, page: PageRequest): Promise<Page<LoadedCalendar>>;
}
