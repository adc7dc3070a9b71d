/** A calendar app that subscribes to a feed: fetches it through the deployed API and remembers its ETag. */
import { awaitUntil } from "./await-until.ts";
import { call } from "./deployment.ts";
import type { Answer } from "./deployment.ts";
import { eventSet } from "./event-set.ts";
import { expect } from "./expect.ts";

export class Subscriber {
  readonly #feedUrl: string;
  #etag = "";

  constructor(feedUrl: string) {
    this.#feedUrl = feedUrl;
  }

  /** Waits for the first build that has these events, read by a parser that is not ours. */
  async expectEvents(source: string, withinMs: number, signal: AbortSignal): Promise<void> {
    const answer = await awaitUntil({ what: "the feed is built", withinMs, signal }, async (saw) => {
      const got = await call(this.#feedUrl);
      saw(`status ${got.status}, ${got.body.length} characters`);
      return got.status === 200 && got.body.includes("BEGIN:VEVENT") ? got : undefined;
    });
    const wanted = eventSet(source);
    const seen = eventSet(answer.body);
    expect(wanted.length > 0, "the source has no events, wanted some to compare");
    expect(wanted.join("\n") === seen.join("\n"), `the feed says\n${seen.join("\n")}\nwanted\n${wanted.join("\n")}`);
    this.#etag = etagOf(answer);
  }

  /** 304 for the remembered ETag; the same ETag and bytes that are a whole calendar for another. */
  async expectSame(): Promise<void> {
    const conditional = await call(this.#feedUrl, { headers: { "if-none-match": this.#etag } });
    expect(conditional.status === 304, `the feed asked for with ${this.#etag} answers ${conditional.status}, wanted 304`);
    const whole = await call(this.#feedUrl, { headers: { "if-none-match": '"another"' } });
    expect(etagOf(whole) === this.#etag, `the feed's ETag is ${etagOf(whole)}, wanted ${this.#etag}`);
    expect(eventSet(whole.body).length > 0, "the feed has no events, wanted those it had");
  }
}

function etagOf({ status, headers: { etag } }: Answer): string {
  if (status === 200 && etag !== undefined) return etag;
  throw new Error(`the feed answers ${status} with ETag ${etag}, wanted 200 and an ETag`);
}
