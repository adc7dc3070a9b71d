/** A feed of the office: what people say of it, and whether it is so. */
import type { Counter } from "./counter.ts";
import { LastWord } from "./last-word.ts";
import { brokenOf } from "./rules.ts";
import type { Rule } from "./rules.ts";

export const OUT = "out";

export class OwnFeed {
  readonly title: string;
  readonly name: LastWord;
  readonly color = new LastWord("none");
  /** Undefined until somebody was answered that it is there. */
  feedId: string | undefined;
  removal: "none" | "asked" | "told" = "none";
  private readonly counter: Counter;
  private readonly members: Map<string, LastWord>;
  /** Whom nobody has put in yet. */
  private readonly others = new LastWord(OUT);

  constructor(counter: Counter, title: string, members: readonly string[]) {
    this.counter = counter;
    this.title = title;
    this.name = new LastWord(title);
    this.members = new Map(members.map((calendarId) => [calendarId, new LastWord("full")]));
  }

  /** Of a calendar: its mask, or `out`. */
  member(calendarId: string): LastWord {
    const known = this.members.get(calendarId) ?? this.others.like();
    this.members.set(calendarId, known);
    return known;
  }

  /** What a whole list says of each calendar. */
  listed(masks: ReadonlyMap<string, string>): ReadonlyMap<LastWord, string> {
    for (const calendarId of masks.keys()) this.member(calendarId);
    const said = [...this.members].map(([calendarId, word]) => [word, masks.get(calendarId) ?? OUT] as const);
    return new Map([...said, [this.others, OUT]]);
  }

  /** Nobody takes it away as far as anybody knows. */
  get isOurs(): boolean {
    return this.feedId !== undefined && this.removal === "none";
  }

  /** Unless somebody takes it away. */
  mustBeSaid(): void {
    if (this.removal === "none") this.mustBeWhole();
  }

  /** It is as it was said last: members whose calendars are there, name and color. */
  private mustBeWhole(): void {
    const { feeds, calendars } = this.counter.simulation.world;
    const { feedId = "" } = this;
    this.counter.must(this.isLinked, `feed ${feedId} is found, and has no link`);
    const feed = feeds.metas.get(feedId);
    if (feed?.state !== "active")
      return this.counter.must(false, `feed ${feedId} is ${feed?.state ?? "gone"}, and nobody removed it`);
    for (const [calendarId, word] of this.members) {
      if (calendars.isFound(calendarId)) this.mustSay(calendarId, feeds.members.get(feedId)?.get(calendarId)?.mask ?? OUT, word);
    }
    this.mustSay("its name", feed.name, this.name);
    this.mustSay("its color", feed.color ?? "none", this.color);
  }

  /** At rest each member knows of it, and nobody else does. */
  mustPoint(): void {
    const { feeds, calendars } = this.counter.simulation.world;
    const { feedId = "" } = this;
    for (const calendarId of this.members.keys()) {
      const isIn = feeds.members.get(feedId)?.has(calendarId) === true;
      const points = calendars.pointers.get(calendarId)?.has(feedId) === true;
      const isRead = this.counter.weather.sourceOf(calendarId) !== undefined;
      this.counter.must(!isIn || points, `${calendarId} is in ${feedId}, and does not know it`);
      this.counter.must(isIn || !points || !isRead, `${calendarId} is not in ${feedId}, and knows it all the same`);
    }
  }

  /** Subscribers, lists and builds find it no more. */
  mustServeNobody(): void {
    const { feeds } = this.counter.simulation.world;
    const { feedId = "" } = this;
    const isServed = this.isLinked || feeds.metas.get(feedId)?.state === "active";
    this.counter.must(!isServed, `feed ${feedId} was removed and is still found`);
  }

  /** Or it was never marked as removed, and all of it is there. */
  mustBeGone(): void {
    const { feeds, objects } = this.counter.simulation.world;
    const { feedId = "", removal } = this;
    if (removal === "asked" && feeds.metas.get(feedId)?.state === "active") return this.mustBeWhole();
    const left: readonly Rule[] = [
      [!feeds.metas.has(feedId), "registration"],
      [(feeds.members.get(feedId)?.size ?? 0) === 0, "members"],
      [!this.isLinked, "links"],
      [!feeds.builds.has(feedId), "build"],
      [!pointing(this.counter).some((own) => own.has(feedId)), "pointers"],
      [![...objects.stored.keys()].some((key) => key.startsWith(`feeds/${feedId}/`)), "bytes"],
    ];
    for (const what of brokenOf(left)) this.counter.must(false, `feed ${feedId} was removed and its ${what} are left`);
  }

  private get isLinked(): boolean {
    return [...this.counter.simulation.world.feeds.links.values()].some((link) => link.feedId === this.feedId);
  }

  private mustSay(what: string, seen: string, { values }: LastWord): void {
    this.counter.must(values.includes(seen), `${what} in feed ${this.feedId} is ${seen}, last said was ${values.join(" or ")}`);
  }
}

/** Of the calendars whose sources are read: what a hand or a broken call left to point goes with the next change, and others have none. */
export function pointing({ simulation, weather }: Counter): readonly ReadonlySet<string>[] {
  const { pointers } = simulation.world.calendars;
  return [...pointers].flatMap(([calendarId, own]) => (weather.sourceOf(calendarId) === undefined ? [] : [own]));
}
