/** Links of feeds in the table: found by their secret's hash, forgotten a while after their end. */
import { Build, Link } from "../contract/feed.ts";
import { markedBefore } from "../core/links.ts";
import type { LinkEnd } from "../sync/rotate-link.ts";
import { below, BUILD, feedKey, LINK } from "./feed-items.ts";
import type { Item } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

const KEPT_MS = 90 * 86_400_000;
/** As long as an answer waits for what it does not need; a write takes a few milliseconds. */
const MARK_MS = 150;

export class LinkTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  /** Consistently: a link that was just made must work at once, for some subscribers remember a 404, and a revoked one must not. */
  async linkAndBuild(
    feedId: string,
    secretHash: string,
  ): Promise<{ readonly link: Link | undefined; readonly build: Build | undefined }> {
    const items = await this.table.getAll([feedKey(feedId, LINK + secretHash), feedKey(feedId, BUILD)]);
    const [link] = below(items, LINK);
    const build = items.find((item) => item["sk"] === BUILD);
    return {
      link: link === undefined ? undefined : Link.parse(link),
      build: build === undefined ? undefined : Build.parse(build),
    };
  }

  async putLink(link: Link): Promise<void> {
    await this.table.put({
      ...feedKey(link.feedId, LINK + link.secretHash),
      ...link,
      ...forgotten(link.revokedAt ?? link.graceUntil ?? link.endsAt),
    });
  }

  async retireLink(feedId: string, secretHash: string, end: LinkEnd): Promise<"saved" | "lost"> {
    const isActive = {
      expression: "#state = :active AND attribute_not_exists(#successor)",
      values: { ":active": "active" },
    };
    const set = { ...end, ...forgotten(end.graceUntil) };
    const saved = await this.table.update(feedKey(feedId, LINK + secretHash), { set }, isActive);
    return saved === undefined ? "lost" : "saved";
  }

  async revokeLink(feedId: string, secretHash: string, revokedAt: string): Promise<void> {
    const set = { state: "revoked", revokedAt, ...forgotten(revokedAt) };
    const isActive = { expression: "#state = :active", values: { ":active": "active" } };
    await this.table.update(feedKey(feedId, LINK + secretHash), { set }, isActive);
  }

  /** A link that was deleted meanwhile stays away. What fails is tried again by the next use. */
  async markUsed({ feedId, secretHash }: Link, agent: string, now: Date): Promise<void> {
    const isOld = {
      expression: "attribute_exists(#pk) AND (attribute_not_exists(#lastUsedAt) OR #lastUsedAt <= :old)",
      values: { ":old": markedBefore(now) },
    };
    const set = { lastUsedAt: now.toISOString(), agent };
    await withinMoment(this.table.update(feedKey(feedId, LINK + secretHash), { set }, isOld));
  }

  async deleteLink(feedId: string, secretHash: string): Promise<void> {
    await this.table.delete(feedKey(feedId, LINK + secretHash));
  }
}

/** DynamoDB's time to live is a number of seconds under this name; the record's own instants have others. */
function forgotten(endsAt: string | undefined): Item {
  return endsAt === undefined ? {} : { expiresAt: Math.ceil((Date.parse(endsAt) + KEPT_MS) / 1000) };
}

async function withinMoment(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const moment = new Promise<void>((done) => {
    timer = setTimeout(done, MARK_MS);
  });
  const quiet = work.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([quiet, moment]);
  clearTimeout(timer);
}
