import { describe, expect, it } from "vitest";

import type { FeedAnswer } from "../../lib/core/serve.ts";
import { linkIdOf, linkViews } from "../../lib/core/links.ts";
import { createLink } from "../../lib/sync/create-link.ts";
import type { CreatedLink } from "../../lib/sync/create-link.ts";
import { revokeLink } from "../../lib/sync/revoke-link.ts";
import { rotateLink } from "../../lib/sync/rotate-link.ts";
import { serveFeed } from "../../lib/sync/serve-feed.ts";
import { sentTwice, Stage } from "./stage.ts";

const GOOGLE = "Mozilla/5.0 (compatible; Google-Calendar-Importer)";

class Feed {
  readonly stage: Stage;
  readonly feedId: string;
  readonly token: string;

  constructor(stage: Stage, feedId: string, token: string) {
    [this.stage, this.feedId, this.token] = [stage, feedId, token];
  }

  static async publish(): Promise<Feed> {
    const stage = new Stage();
    const { calendarId } = await stage.grow(2);
    const { feedId, token } = await stage.feedOf(calendarId);
    return new Feed(stage, feedId, token);
  }

  get context(): { now: () => Date; randomBytes: (size: number) => Uint8Array } {
    return { ...this.stage.context(), randomBytes: this.stage.world.randomBytes };
  }

  async make(label = "phone", expiresAt?: string): Promise<CreatedLink> {
    return await createLink(this.feedId, { label, expiresAt }, this.stage.ports, this.context);
  }

  async rotate(linkId: string, graceDays = 7): Promise<CreatedLink> {
    return await rotateLink({ feedId: this.feedId, linkId }, graceDays, this.stage.ports, this.context);
  }

  async revoke(linkId: string): Promise<unknown> {
    return await revokeLink({ feedId: this.feedId, linkId }, this.stage.ports, this.stage.world.clock.now());
  }

  async ask(token: string, userAgent?: string): Promise<FeedAnswer> {
    return await serveFeed(token, { method: "GET", userAgent }, this.stage.ports, this.stage.world.clock.now());
  }

  days(count: number): void {
    this.stage.world.clock.minutes(count * 1440);
  }

  views(): ReturnType<typeof linkViews> {
    return linkViews([...this.stage.world.feeds.links.values()], this.stage.world.clock.now());
  }

  view(linkId: string): ReturnType<typeof linkViews>[number] | undefined {
    return this.views().find((view) => view.linkId === linkId);
  }
}

describe("links of a feed", () => {
  it("are several, each with a label and a secret of its own that is stored nowhere", async () => {
    const feed = await Feed.publish();
    const [one, other] = [await feed.make("Ann's phone"), await feed.make("Bob")];
    for (const { token } of [one, other]) {
      expect((await feed.ask(token)).status).toBe(200);
      expect(JSON.stringify([...feed.stage.world.feeds.links])).not.toContain(token.split(".")[1]);
    }
    expect(feed.views().map(({ label }) => label)).toEqual(expect.arrayContaining(["first", "Ann's phone", "Bob"]));
    await expect(createLink("nobody", { label: "x" }, feed.stage.ports, feed.context)).rejects.toMatchObject({
      code: "feed-unknown",
    });
  });

  it("link rotated with grace and revoked", async () => {
    const feed = await Feed.publish();
    const old = await feed.make("Ann's phone");
    const next = await feed.rotate(linkIdOf(old.link));
    expect(feed.view(linkIdOf(old.link))).toMatchObject({ state: "grace", successor: linkIdOf(next.link) });
    expect(feed.view(linkIdOf(next.link))).toMatchObject({ state: "active", label: "Ann's phone" });
    feed.days(6.9);
    for (const { token } of [old, next]) expect((await feed.ask(token)).status).toBe(200);
    feed.days(0.1);
    const [dead, alive] = [await feed.ask(old.token), await feed.ask(next.token)];
    expect([dead.status, alive.status]).toEqual([404, 200]);
    expect(feed.view(linkIdOf(old.link))?.state).toBe("rotated");
    await feed.revoke(linkIdOf(next.link));
    expect(await feed.ask(next.token)).toEqual(dead);
    expect(await feed.ask(`${feed.feedId}.${"x".repeat(32)}`)).toEqual(dead);
    expect(feed.view(linkIdOf(next.link))).toMatchObject({ state: "revoked" });
    expect((await feed.ask(feed.token)).status).toBe(200);
  });

  it("rotated without grace are dead at once", async () => {
    const feed = await Feed.publish();
    const old = await feed.make();
    const next = await feed.rotate(linkIdOf(old.link), 0);
    expect([(await feed.ask(old.token)).status, (await feed.ask(next.token)).status]).toEqual([404, 200]);
  });

  it("that are revoked in their grace end before it", async () => {
    const feed = await Feed.publish();
    const old = await feed.make();
    await feed.rotate(linkIdOf(old.link));
    await feed.revoke(linkIdOf(old.link));
    expect((await feed.ask(old.token)).status).toBe(404);
  });

  it("end when they expire, and so does what took their place", async () => {
    const feed = await Feed.publish();
    const until = new Date(feed.stage.world.clock.nowMs + 3 * 86_400_000).toISOString();
    const old = await feed.make("guest", until);
    const next = await feed.rotate(linkIdOf(old.link), 90);
    feed.days(2.9);
    expect((await feed.ask(old.token)).status).toBe(200);
    feed.days(0.1);
    expect([(await feed.ask(old.token)).status, (await feed.ask(next.token)).status]).toEqual([404, 404]);
    expect(feed.view(linkIdOf(next.link))).toMatchObject({ state: "expired", expiresAt: until });
    await expect(feed.make("late", until)).rejects.toMatchObject({ code: "body-invalid" });
  });

  it("that ended are not rotated: the refusal names the successor", async () => {
    const feed = await Feed.publish();
    const old = await feed.make();
    const next = await feed.rotate(linkIdOf(old.link));
    await expect(feed.rotate(linkIdOf(old.link))).rejects.toMatchObject({
      code: "link-ended",
      message: expect.stringContaining(linkIdOf(next.link)),
    });
    await feed.revoke(linkIdOf(next.link));
    await expect(feed.rotate(linkIdOf(next.link))).rejects.toMatchObject({ code: "link-ended" });
    await expect(feed.rotate("nobody")).rejects.toMatchObject({ code: "link-unknown" });
    await expect(feed.revoke("nobody")).rejects.toMatchObject({ code: "link-unknown" });
  });

  it("revoked by two at once ended when the first ended it, and both hear so", async () => {
    const feed = await Feed.publish();
    const { link } = await feed.make();
    const first = feed.stage.world.clock.now().toISOString();
    feed.stage.before("links.revokeLink", async () => await feed.revoke(linkIdOf(link)));
    const now = new Date(feed.stage.world.clock.nowMs + 1000);
    const late = await revokeLink({ feedId: feed.feedId, linkId: linkIdOf(link) }, feed.stage.ports, now);
    expect(late).toMatchObject({ state: "revoked", revokedAt: first });
    expect(feed.view(linkIdOf(link))).toMatchObject({ state: "revoked", revokedAt: first });
  });

  it("rotated by two at once have one successor", async () => {
    const feed = await Feed.publish();
    const { link } = await feed.make();
    feed.stage.before("links.retireLink", async () => await feed.rotate(linkIdOf(link)));
    await expect(feed.rotate(linkIdOf(link))).rejects.toMatchObject({ code: "link-ended" });
    expect(feed.views().filter(({ label, state }) => label === "phone" && state === "active")).toHaveLength(1);
  });
});

describe("a rotation whose answer is lost on its way", () => {
  it("is sent once more and gives the secret that took the old one's place", async () => {
    const feed = await Feed.publish();
    const old = await feed.make();
    feed.stage.disturb("links.retireLink", sentTwice);
    const next = await feed.rotate(linkIdOf(old.link));
    expect(feed.view(linkIdOf(old.link))).toMatchObject({ state: "grace", successor: linkIdOf(next.link) });
    feed.days(7);
    expect([(await feed.ask(old.token)).status, (await feed.ask(next.token)).status]).toEqual([404, 200]);
  });
});

describe("the last use of a link", () => {
  it("is written at most once an hour, with the app's family; an unchanged feed stays one read", async () => {
    const feed = await Feed.publish();
    const { token, link } = await feed.make();
    const etag = (await feed.ask(token, GOOGLE)).headers["etag"];
    const used = feed.stage.world.clock.now().toISOString();
    expect(feed.view(linkIdOf(link))).toMatchObject({ lastUsedAt: used, agent: "Google Calendar" });
    for (let minute = 0; minute < 59; minute += 1) {
      feed.stage.world.clock.minutes(1);
      feed.stage.settle();
      const request = { method: "GET", ifNoneMatch: etag, userAgent: "curl/8" } as const;
      expect((await serveFeed(token, request, feed.stage.ports, feed.stage.world.clock.now())).status).toBe(304);
      expect(feed.stage.calls).toEqual(["links.linkAndBuild"]);
    }
    expect(feed.view(linkIdOf(link))).toMatchObject({ lastUsedAt: used, agent: "Google Calendar" });
    feed.stage.world.clock.minutes(1);
    await feed.ask(token, "iOS/17.5.1 (21F90) dataaccessd/1.0");
    expect(feed.view(linkIdOf(link))).toMatchObject({ agent: "Apple Calendar" });
    expect(feed.view(linkIdOf(link))?.lastUsedAt).not.toBe(used);
  });

  it("is not written for a link that opens nothing", async () => {
    const feed = await Feed.publish();
    const { token, link } = await feed.make();
    await feed.revoke(linkIdOf(link));
    feed.stage.settle();
    await feed.ask(token);
    await feed.ask(`${feed.feedId}.${"x".repeat(32)}`);
    expect(feed.stage.calls).toEqual(["links.linkAndBuild", "links.linkAndBuild"]);
  });
});
