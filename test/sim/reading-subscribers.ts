/** Subscribers of feeds, each with a link of its own: what they get was published while they asked, whole, and not what they have already. */
import type { Build, Link } from "../../lib/contract/feed.ts";
import { etagOf } from "../../lib/core/feed-build.ts";
import { isLive, isMarkDue, linkIdOf } from "../../lib/core/links.ts";
import type { FeedAnswer, FeedRequest } from "../../lib/core/serve.ts";
import { createLink } from "../../lib/sync/create-link.ts";
import type { CreatedLink } from "../../lib/sync/create-link.ts";
import { revokeLink } from "../../lib/sync/revoke-link.ts";
import { serveFeed } from "../../lib/sync/serve-feed.ts";
import type { LinkBook } from "../../lib/sync/serve-feed.ts";
import type { ReadingRoom } from "./reading-room.ts";
import type { Process } from "./simulation.ts";

/** More than one answer can hold. */
const LARGE = 5_000_000;
const SIGNED = "https://objects.example/";
const AGENTS = ["Thunderbird/128", "Microsoft Outlook/16", "Google-Calendar-Importer", "curl/8"] as const;

/** What stood when the subscriber asked. */
type Standing = { readonly link: Link | undefined; readonly builds: number; readonly now: Date };

export class Subscribers {
  readonly all: Subscriber[] = [];
  private readonly room: ReadingRoom;

  constructor(room: ReadingRoom) {
    this.room = room;
  }

  /** An owner makes a link, and gives it to whoever is to subscribe. */
  invite(feedId: string): void {
    const { counter } = this.room;
    const { now, randomBytes } = counter.context();
    counter.ask(`link of ${feedId}`, async (ports) => {
      const made = await createLink(feedId, { label: "reader" }, ports, { now, randomBytes });
      this.all.push(new Subscriber(this.room, made));
    });
  }

  /** Somebody asks at a feed's address with a secret that nobody made. */
  guess(feedId: string): void {
    const { counter } = this.room;
    const token = counter.random.chance(0.5) ? `${feedId}.${"x".repeat(32)}` : `${feedId}.x`;
    const process = this.room.read("a guess", async (ports) => {
      const { status } = await serveFeed(token, { method: "GET" }, ports, this.room.now);
      counter.must(status === 404, `a link that nobody made was answered ${status}`);
      const calls = process.done.filter((method) => method !== "links.linkAndBuild");
      counter.must(calls.length === 0, `a link that nobody made costs ${calls.join()}`);
    });
  }
}

export class Subscriber {
  readonly feedId: string;
  private readonly room: ReadingRoom;
  private readonly token: string;
  private readonly made: Link;
  /** ETag of the bytes that it has. */
  private has: string | undefined;
  /** Its owner was told that the link is revoked. */
  private isRevoked = false;

  constructor(room: ReadingRoom, { feed, link, token }: CreatedLink) {
    this.room = room;
    this.feedId = feed.feedId;
    this.made = link;
    this.token = token;
  }

  private get link(): Link | undefined {
    return this.room.counter.simulation.world.feeds.links.get(`${this.feedId} ${this.made.secretHash}`);
  }

  /** @param size `large`: the feed is too large for one answer */
  fetch(size: "as it is" | "large"): void {
    const { random } = this.room.counter;
    const now = this.room.now;
    const request: FeedRequest = {
      method: random.chance(0.8) ? "GET" : "HEAD",
      ifNoneMatch: size === "as it is" && random.chance(0.6) ? this.has : undefined,
      acceptEncoding: random.chance(0.4) ? "br, gzip" : undefined,
      userAgent: random.pick(AGENTS),
    };
    const before: Standing = { link: this.link, builds: this.room.buildsOf(this.feedId), now };
    const wasRevoked = this.isRevoked;
    const process = this.room.read(`a subscriber of ${this.feedId}`, async (ports) => {
      const links = size === "large" ? enlarged(ports.links) : ports.links;
      const answer = await serveFeed(this.token, request, { links, objects: ports.objects }, now);
      this.must(!wasRevoked || answer.status === 404, `was revoked, and is answered ${answer.status}`);
      this.checkLink(answer, before);
      this.checkMark(answer, before, process);
      this.checkBytes(answer, request, this.room.buildsSince(this.feedId, before.builds));
      // A HEAD, and a URL of what lies elsewhere, bring no bytes.
      if (answer.body !== undefined && answer.status === 200) this.has = answer.headers["etag"];
    });
  }

  /** Its owner takes the link back. */
  revoke(): void {
    const named = { feedId: this.feedId, linkId: linkIdOf(this.made) };
    this.room.counter.ask(
      `revoke ${named.linkId}`,
      async (ports) => {
        await revokeLink(named, ports, this.room.now);
        this.must(this.link?.state === "revoked", `was revoked, and its record says ${this.link?.state}`);
        this.isRevoked = true;
      },
      ({ what }) => this.must(this.link === undefined, `could not be revoked: ${what}`),
    );
  }

  /** At rest it gets what is published, or nothing for ever; marks have changed nothing else of its link. */
  async check(): Promise<void> {
    const { feeds, objects } = this.room.counter.simulation.world;
    const { status, body } = await serveFeed(this.token, { method: "GET" }, { links: feeds, objects }, this.room.now);
    const { link, made } = this;
    const isOpen = link?.state === "active";
    const build = feeds.builds.get(this.feedId);
    const wanted = isOpen ? (build?.objectKey === undefined ? 503 : 200) : 404;
    this.must(status === wanted, `is answered ${status} in the end, wanted ${wanted}`);
    this.must(status !== 200 || etagOf(textOf(body)) === build?.etag, "does not get what is published in the end");
    this.must(!this.isRevoked || !isOpen, "was revoked, and is open again");
    const isSame = link?.label === made.label && link.createdAt === made.createdAt && link.endsAt === made.endsAt;
    this.must(isSame, `was made as ${JSON.stringify(made)}, and is ${JSON.stringify(link)}`);
  }

  /** Who is out stays out: a link that was dead when it was asked opens nothing, one that still lives was alive all the time. */
  private checkLink({ status }: FeedAnswer, { link, now }: Standing): void {
    const { link: after } = this;
    const wasLive = link !== undefined && isLive(link, now);
    const isStillLive = after !== undefined && isLive(after, this.room.now);
    this.must(wasLive || status === 404, `was dead when it was asked, and is answered ${status}`);
    this.must(!isStillLive || status !== 404, "lives, and is answered 404");
  }

  /** A use is written down before its answer, and not more than once an hour. */
  private checkMark({ status }: FeedAnswer, { link, now }: Standing, { done }: Process): void {
    const { link: after } = this;
    const isMarked = after === undefined || !isMarkDue(after, now);
    this.must(status === 404 || isMarked, `was used, and its record says ${after?.lastUsedAt}`);
    const isDue = link !== undefined && isMarkDue(link, now);
    this.must(isDue || !done.includes("links.markUsed"), `was marked at ${link?.lastUsedAt}, and within an hour again`);
  }

  private checkBytes(answer: FeedAnswer, request: FeedRequest, builds: readonly Build[]): void {
    const { status, headers } = answer;
    if (status === 404) return;
    if (status === 503) return this.must(builds[0]?.objectKey === undefined, "is told that nothing is built, and a build stands");
    const suffix = request.acceptEncoding === undefined ? "" : ".gz";
    if (status === 302) {
      const keys = builds.map(({ objectKey }) => `${SIGNED}${objectKey}${suffix}?`);
      const isOne = keys.some((key) => headers["location"]?.startsWith(key) === true);
      return this.must(isOne, `is sent to ${headers["location"]}, wanted one of ${keys.join()}`);
    }
    const build = builds.find(({ etag }) => etag !== undefined && etag === headers["etag"]);
    const etags = builds.map(({ etag }) => etag).join();
    if (build === undefined)
      return this.must(false, `is answered ${status} with ETag ${headers["etag"]}, wanted one of ${etags}`);
    const isKnown = request.ifNoneMatch === build.etag;
    this.must(status === (isKnown ? 304 : 200), `has ${request.ifNoneMatch}, and is answered ${status} of ${build.etag}`);
    if (status === 304) return;
    const isGzip = headers["content-encoding"] === "gzip";
    this.must(isGzip === (suffix !== ""), `asks for ${request.acceptEncoding}, and gets ${headers["content-encoding"]}`);
    if (request.method === "HEAD") {
      const length = headers["content-length"];
      const sizes = [build.bytes, build.gzipBytes, LARGE].map(String);
      return this.must(answer.body === undefined && sizes.includes(length ?? ""), `gets a HEAD of ${length} bytes`);
    }
    this.must(etagOf(textOf(answer.body)) === build.etag, `gets other bytes than ${build.etag} says`);
  }

  private must(isSo: boolean, otherwise: string): void {
    this.room.counter.must(isSo, `link ${linkIdOf(this.made)} of feed ${this.feedId} ${otherwise}`);
  }
}

function textOf(body: Uint8Array | undefined): string {
  return Buffer.from(body ?? []).toString();
}

/** The same links, of feeds that are too large for one answer. */
function enlarged(links: LinkBook): LinkBook {
  return {
    linkAndBuild: async (feedId, secretHash) => {
      const found = await links.linkAndBuild(feedId, secretHash);
      return { ...found, build: found.build === undefined ? undefined : { ...found.build, bytes: LARGE, gzipBytes: LARGE } };
    },
    markUsed: async (link, agent, now) => await links.markUsed(link, agent, now),
  };
}
