/** What a download is made of: a calendar's last good snapshot, or the bytes that subscribers of a feed see. */
import type { Snapshot } from "../contract/snapshot.ts";
import type { LoadedCalendar } from "../sync/import-calendar.ts";
import type { Published } from "../sync/make-download.ts";
import type { CalendarTable } from "./calendar-table.ts";
import type { FeedTable } from "./feed-table.ts";
import type { ObjectClient } from "./object-client.ts";
import { getSnapshot } from "./snapshot-object.ts";

export class DownloadSubjects {
  private readonly calendars: CalendarTable;
  private readonly feeds: FeedTable;
  private readonly client: ObjectClient;

  constructor(calendars: CalendarTable, feeds: FeedTable, client: ObjectClient) {
    this.calendars = calendars;
    this.feeds = feeds;
    this.client = client;
  }

  async calendar(calendarId: string): Promise<LoadedCalendar | undefined> {
    return await this.calendars.load(calendarId);
  }

  async published(feedId: string): Promise<Published | undefined> {
    const loaded = await this.feeds.load(feedId);
    if (loaded === undefined || loaded.feed.state === "removed") return undefined;
    const { objectKey, etag } = loaded.build;
    return objectKey === undefined || etag === undefined ? undefined : { objectKey, etag };
  }

  async getSnapshot(key: string): Promise<Snapshot> {
    return await getSnapshot(this.client, key);
  }

  async getFeed(key: string): Promise<string> {
    return Buffer.from(await this.client.get(key)).toString();
  }
}
