/** What the app does at Calferry for its users: calendars, events of their own, a feed and its links. */
import { newId } from "./accounts.ts";
import { Refused } from "./calferry.ts";
import type { Calferry } from "./calferry.ts";
import { emptyCopy } from "./copy.ts";
import type { Calendar, Store, User } from "./store.ts";

type Named = { readonly calendarId: string };
type FeedMade = { readonly feedId: string; readonly links: readonly { readonly linkId: string }[] };
export type LinkMade = { readonly linkId: string; readonly label: string; readonly subscribe: unknown };
export type Batch = { readonly put?: readonly { readonly uid: string }[]; readonly delete?: readonly string[] };

export class Calendars {
  readonly #store: Store;
  readonly #calferry: Calferry;

  constructor(store: Store, calferry: Calferry) {
    this.#store = store;
    this.#calferry = calferry;
  }

  /** The wish is stored first: whatever happens now, `settle` finishes it. Throws Refused for a url that cannot be one. */
  async add(user: User, name: string, url: string): Promise<Calendar> {
    const calendar: Calendar = { id: newId(), userId: user.userId, name, url, copy: emptyCopy() };
    this.#store.calendars[calendar.id] = calendar;
    await this.#store.save();
    try {
      await this.settle(calendar);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      delete this.#store.calendars[calendar.id];
      await this.#store.save();
      throw error;
    }
    return calendar;
  }

  /** Registers what Calferry has not confirmed yet; may be repeated, for `externalId` and the idempotency key name it. */
  async settle(calendar: Calendar): Promise<void> {
    if (calendar.calendarId !== undefined) return;
    const { id, name, url } = calendar;
    const source = url === undefined ? { kind: "push" } : { kind: "url", url };
    const body = { name, source, externalId: id, intervalMinutes: 15 };
    try {
      calendar.calendarId = (
        await this.#calferry.ask<Named>("POST", "/v1/calendars", { body, idempotencyKey: `calendar-${id}` })
      ).calendarId;
    } catch (error) {
      if (!(error instanceof Refused) || error.problem.code !== "external-id-taken") throw error;
      const { items } = await this.#calferry.ask<{ items: Named[] }>("GET", `/v1/calendars?externalId=${id}`);
      if (items[0] === undefined) throw error;
      calendar.calendarId = items[0].calendarId;
    }
    await this.#store.save();
    const feedId = this.#store.users[calendar.userId]?.feedId;
    if (feedId === undefined) return;
    await this.#calferry.ask("PUT", `/v1/feeds/${feedId}/members/${calendar.calendarId}`, { body: { mask: "full" } });
  }

  async remove(calendar: Calendar): Promise<void> {
    if (calendar.calendarId !== undefined) await this.#calferry.ask("DELETE", pathOf(calendar));
    delete this.#store.calendars[calendar.id];
    await this.#store.save();
  }

  /** Asks the source now; what it has comes as messages. */
  async refresh(calendar: Calendar): Promise<unknown> {
    return await this.#calferry.ask("POST", `${pathOf(calendar)}/sync`, { idempotencyKey: newId() });
  }

  /** Without the tag of what the user saw an event is only created, never overwritten. */
  async putEvent(user: User, uid: string, event: unknown, seenTag: string | undefined): Promise<{ etag?: string }> {
    const condition = seenTag === undefined ? { ifNoneMatch: "*" } : { ifMatch: seenTag };
    return await this.#calferry.ask("PUT", `${this.#ownPath(user)}/events/${encodeURIComponent(uid)}`, {
      body: event,
      ...condition,
    });
  }

  async deleteEvent(user: User, uid: string, seenTag: string | undefined): Promise<unknown> {
    return await this.#calferry.ask("DELETE", `${this.#ownPath(user)}/events/${encodeURIComponent(uid)}`, { ifMatch: seenTag });
  }

  /** All of it or nothing. */
  async applyBatch(user: User, batch: Batch): Promise<unknown> {
    const puts = (batch.put ?? []).map((event) => ({ op: "put", event }));
    const deletes = (batch.delete ?? []).map((uid) => ({ op: "delete", uid }));
    const call = { body: { operations: [...puts, ...deletes] }, idempotencyKey: newId() };
    return await this.#calferry.ask("POST", `${this.#ownPath(user)}/events/batch`, call);
  }

  /** One link for each place that the user subscribes from, so that one can end without the others. Kept nowhere: it is a secret. */
  async addLink(user: User, label: string): Promise<LinkMade> {
    const feedId = user.feedId ?? (await this.#createFeed(user));
    return await this.#calferry.ask<LinkMade>("POST", `/v1/feeds/${feedId}/links`, { body: { label }, idempotencyKey: newId() });
  }

  async links(user: User): Promise<unknown> {
    return user.feedId === undefined ? { items: [] } : await this.#calferry.ask("GET", `/v1/feeds/${user.feedId}/links`);
  }

  async revokeLink(user: User, linkId: string): Promise<unknown> {
    return await this.#calferry.ask("DELETE", `/v1/feeds/${user.feedId ?? "none"}/links/${encodeURIComponent(linkId)}`);
  }

  async #createFeed(user: User): Promise<string> {
    const members = this.#store
      .calendarsOf(user.userId)
      .flatMap(({ calendarId }) => (calendarId === undefined ? [] : [{ calendarId, mask: "full" }]));
    const call = { body: { name: user.name, members }, idempotencyKey: `feed-${user.userId}` };
    const { feedId, links } = await this.#calferry.ask<FeedMade>("POST", "/v1/feeds", call);
    user.feedId = feedId;
    await this.#store.save();
    // A feed is made with a link; nobody gets this one, so that every link that works is somebody's.
    for (const { linkId } of links) await this.revokeLink(user, linkId);
    return feedId;
  }

  #ownPath(user: User): string {
    const own = this.#store.calendars[user.ownCalendar];
    if (own === undefined) throw new Error(`user ${user.userId} has no calendar of their own`);
    return pathOf(own);
  }
}

function pathOf({ calendarId, id }: Calendar): string {
  if (calendarId === undefined)
    throw new Refused({ status: 503, code: "not-settled", detail: `${id} waits for Calferry`, next: "try again soon" });
  return `/v1/calendars/${calendarId}`;
}
