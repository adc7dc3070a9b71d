/** What apps hear is so at the moment they hear it: the changes that it counts were told, the bytes that it names are published. */
import type { FeedPublished, ImportFinished } from "../../lib/contract/life.ts";
import type { Build } from "../../lib/contract/feed.ts";
import type { Simulation } from "./simulation.ts";

export class Told {
  private readonly simulation: Simulation;
  /** Builds that gave subscribers other bytes, by feed and revision. */
  private readonly published = new Map<string, Build>();

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    const { world } = simulation;
    world.observeTold = (message): void => {
      if (message.kind === "import.finished") this.finished(message);
      if (message.kind === "feed.published") this.checkPublished(message);
    };
  }

  /** Asked at each flip. */
  flipped(before: Build | undefined, after: Build): void {
    if (before?.objectKey !== after.objectKey) this.published.set(`${after.feedId} ${after.revision}`, after);
  }

  /** Whoever has heard of it has all of its changes. */
  private finished({ calendarId, calendarVersion, parts }: ImportFinished): void {
    const heard = new Set(
      this.simulation.world.published
        .filter((message) => message.calendarId === calendarId && message.calendarVersion === calendarVersion)
        .map(({ part }) => part),
    );
    if (heard.size !== parts)
      this.violate(`version ${calendarVersion} of ${calendarId} is said to have ${parts} parts, ${heard.size} were told`);
  }

  private checkPublished({ feedId, revision, at, eventCount, bytes }: FeedPublished): void {
    const build = this.published.get(`${feedId} ${revision}`);
    const isSo = build?.publishedAt === at && build.eventCount === eventCount && build.bytes === bytes;
    if (!isSo) this.violate(`revision ${revision} of feed ${feedId} is told, with ${eventCount} events, and was never published`);
  }

  private violate(text: string): void {
    this.simulation.violate(`apps: ${text}`);
  }
}
