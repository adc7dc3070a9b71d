/** Feeds, links and letters in memory, under the conditions of the table. */
import type { Build, Feed, Link, Member } from "../../lib/contract/feed.ts";
import type { Letter, LetterState } from "../../lib/contract/letter.ts";
import type { Standing } from "../../lib/core/alert-groups.ts";
import type { MemberUpdate } from "../../lib/core/member-changes.ts";
import { isMarkDue } from "../../lib/core/links.ts";
import type { FeedBook, LoadedFeed, LoadedMember } from "../../lib/sync/export-feed.ts";
import type { LetterBook } from "../../lib/sync/record-letter.ts";
import type { LetterStandings } from "../../lib/sync/tend-alerts.ts";
import type { FeedRegistry, LetterShelf, LetterStock, Page, PageRequest } from "../../lib/sync/registry.ts";
import type { FeedEditor } from "../../lib/sync/change-feed.ts";
import type { MemberBook } from "../../lib/sync/change-members.ts";
import type { FeedRemover } from "../../lib/sync/purge-feed.ts";
import type { RemovalMarker } from "../../lib/sync/remove-feed.ts";
import type { LinkRevoker } from "../../lib/sync/revoke-link.ts";
import type { LinkEnd, LinkRetirer } from "../../lib/sync/rotate-link.ts";
import type { LinkBook } from "../../lib/sync/serve-feed.ts";
import type { MemoryCalendars } from "./memory-calendars.ts";
import { scanPageOf } from "./pages.ts";

export class MemoryFeeds
  implements FeedBook, LinkBook, LinkRetirer, LinkRevoker, FeedEditor, RemovalMarker, MemberBook, FeedRemover, FeedRegistry
{
  readonly metas = new Map<string, Feed>();
  readonly members = new Map<string, Map<string, Member>>();
  readonly builds = new Map<string, Build>();
  readonly links = new Map<string, Link>();
  /** Moves with each build that is written. */
  writes = 0;
  /** Hears of each build that was written, with the one before it. */
  observe: ((before: Build | undefined, after: Build) => void) | undefined;
  private readonly calendarsBook: MemoryCalendars;

  constructor(calendars: MemoryCalendars) {
    this.calendarsBook = calendars;
  }

  async build(feedId: string): Promise<Build | undefined> {
    return structuredClone(this.builds.get(feedId));
  }

  async load(feedId: string): Promise<(LoadedFeed & { readonly links: readonly Link[] }) | undefined> {
    const feed = this.metas.get(feedId);
    if (feed === undefined) return undefined;
    const members = [...(this.members.get(feedId)?.values() ?? [])].toSorted((one, other) => one.position - other.position);
    const build = this.builds.get(feedId) ?? { version: 1, feedId, revision: 0, renderer: 0, members: {} };
    const links = [...this.links.values()].filter((link) => link.feedId === feedId);
    return structuredClone({ feed, members, build, links });
  }

  async list(ownerId: string, { limit, cursor = "" }: PageRequest): Promise<Page<Feed>> {
    const owned = [...this.metas.values()].filter((feed) => feed.ownerId === ownerId && feed.state === "active");
    const rest = owned.filter(({ feedId }) => feedId > cursor).toSorted((one, other) => (one.feedId < other.feedId ? -1 : 1));
    const items = structuredClone(rest.slice(0, limit));
    return { items, cursor: rest.length > limit ? items.at(-1)?.feedId : undefined };
  }

  async everyFeed(page: PageRequest): Promise<Page<Feed>> {
    return scanPageOf(new Map([...this.metas].filter(([, { state }]) => state === "active")), page);
  }

  async calendars(calendarIds: readonly string[]): Promise<ReadonlyMap<string, LoadedMember>> {
    const found = new Map<string, LoadedMember>();
    for (const calendarId of calendarIds) {
      const loaded = await this.calendarsBook.load(calendarId);
      if (loaded !== undefined && loaded.calendar.state !== "removed") found.set(calendarId, loaded);
    }
    return found;
  }

  async flip(build: Build, expectedRevision: number): Promise<"saved" | "lost"> {
    const before = this.builds.get(build.feedId);
    if ((before?.revision ?? 0) !== expectedRevision) return "lost";
    this.builds.set(build.feedId, structuredClone(build));
    this.writes += 1;
    this.observe?.(before, build);
    return "saved";
  }

  async told(feedId: string, revision: number): Promise<void> {
    const { untold, ...build } = this.builds.get(feedId) ?? {};
    if (untold !== revision || !("revision" in build)) return;
    this.builds.set(feedId, build);
    this.writes += 1;
  }

  async linkAndBuild(
    feedId: string,
    secretHash: string,
  ): Promise<{ readonly link: Link | undefined; readonly build: Build | undefined }> {
    return structuredClone({ link: this.links.get(`${feedId} ${secretHash}`), build: this.builds.get(feedId) });
  }

  async putMembers(feedId: string, members: readonly Member[]): Promise<void> {
    const stored = this.members.get(feedId) ?? new Map<string, Member>();
    for (const member of members) stored.set(member.calendarId, structuredClone(member));
    this.members.set(feedId, stored);
  }

  async updateMembers(feedId: string, updates: readonly MemberUpdate[]): Promise<void> {
    for (const { calendarId, set, remove } of updates) {
      const member = this.members.get(feedId)?.get(calendarId);
      if (member === undefined) continue;
      const without = Object.fromEntries(remove.map((field) => [field, undefined]));
      await this.putMembers(feedId, [{ ...member, ...set, ...without }]);
    }
  }

  async deleteMember(feedId: string, calendarId: string): Promise<void> {
    this.members.get(feedId)?.delete(calendarId);
  }

  async putLink(link: Link): Promise<void> {
    this.links.set(`${link.feedId} ${link.secretHash}`, structuredClone(link));
  }

  async retireLink(feedId: string, secretHash: string, end: LinkEnd): Promise<"saved" | "lost"> {
    const link = this.links.get(`${feedId} ${secretHash}`);
    if (link?.state !== "active" || link.successor !== undefined) return "lost";
    await this.putLink({ ...link, ...end });
    return "saved";
  }

  async revokeLink(feedId: string, secretHash: string, revokedAt: string): Promise<void> {
    const link = this.links.get(`${feedId} ${secretHash}`);
    if (link?.state === "active") await this.putLink({ ...link, state: "revoked", revokedAt });
  }

  async markUsed({ feedId, secretHash }: Link, agent: string, now: Date): Promise<void> {
    const link = this.links.get(`${feedId} ${secretHash}`);
    if (link !== undefined && isMarkDue(link, now)) await this.putLink({ ...link, agent, lastUsedAt: now.toISOString() });
  }

  async deleteLink(feedId: string, secretHash: string): Promise<void> {
    this.links.delete(`${feedId} ${secretHash}`);
  }

  async deleteLinks(feedId: string): Promise<void> {
    for (const [key, link] of this.links) if (link.feedId === feedId) this.links.delete(key);
  }

  async putPointers(feedId: string, calendarIds: readonly string[]): Promise<void> {
    for (const calendarId of calendarIds) await this.calendarsBook.putFeedPointer(calendarId, feedId);
  }

  async deletePointers(feedId: string, calendarIds: readonly string[]): Promise<void> {
    for (const calendarId of calendarIds) this.calendarsBook.pointers.get(calendarId)?.delete(feedId);
  }

  async deleteMembers(feedId: string, calendarIds: readonly string[]): Promise<void> {
    for (const calendarId of calendarIds) await this.deleteMember(feedId, calendarId);
  }

  async deleteBuild(feedId: string): Promise<void> {
    this.builds.delete(feedId);
  }

  async deleteFeed(feedId: string): Promise<void> {
    this.metas.delete(feedId);
  }

  async saveFeed(feed: Feed, expected: Feed["revision"]): Promise<"saved" | "lost"> {
    const stored = this.metas.get(feed.feedId);
    if (stored?.state !== "active" || stored.revision !== expected) return "lost";
    await this.putFeed(feed);
    return "saved";
  }

  async markRemoved(feedId: string, removedAt: string): Promise<void> {
    const stored = this.metas.get(feedId);
    if (stored?.state === "active") await this.putFeed({ ...stored, state: "removed", removedAt });
  }

  async putFeed(feed: Feed): Promise<void> {
    this.metas.set(feed.feedId, structuredClone(feed));
  }
}

export class MemoryLetters implements LetterBook, LetterShelf, LetterStock, LetterStandings {
  readonly stored = new Map<string, Letter>();
  /** Letters that people were told of at some time. */
  readonly told = new Set<string>();

  async get(letterId: string): Promise<Letter | undefined> {
    return structuredClone(this.stored.get(letterId));
  }

  async put(letter: Letter): Promise<boolean> {
    if ((this.stored.get(letter.letterId)?.revision ?? 0) !== letter.revision - 1) return false;
    this.stored.set(letter.letterId, structuredClone(letter));
    if (letter.toldAt !== undefined) this.told.add(letter.letterId);
    return true;
  }

  async list(state: LetterState, { limit, cursor }: PageRequest): Promise<Page<Letter>> {
    const all = [...this.stored.values()].filter((letter) => letter.state === state);
    const newest = all.toSorted((one, other) => (placeOf(one) < placeOf(other) ? 1 : -1));
    const rest = newest.filter((letter) => cursor === undefined || placeOf(letter) < cursor);
    const last = rest.length > limit ? rest[limit - 1] : undefined;
    return {
      items: structuredClone(rest.slice(0, limit)),
      cursor: last === undefined ? undefined : placeOf(last),
    };
  }

  async *every(state: LetterState): AsyncGenerator<Letter> {
    for (const letter of this.stored.values()) if (letter.state === state) yield structuredClone(letter);
  }

  async standing(fingerprints: readonly string[]): Promise<Standing> {
    const letters = [...this.stored.values()].filter(({ fingerprint }) => fingerprints.includes(fingerprint));
    if (letters.some(({ state }) => state === "open" || state === "replaying")) return "open";
    return letters.some(({ state }) => state === "acknowledged") ? "acknowledged" : "none";
  }
}

function placeOf({ lastAt, letterId }: Letter): string {
  return `${lastAt}~${letterId}`;
}
