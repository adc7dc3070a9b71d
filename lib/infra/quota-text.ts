/** The usual quotas of the configuration, as the API's environment and the outputs have them. */
import type { Config } from "../contract/config.ts";
import type { QuotaLimits } from "../contract/quota.ts";

export function quotaText({ calendarsPerOwner, feedsPerOwner, linksPerFeed }: Config): string {
  return JSON.stringify({ calendars: calendarsPerOwner, feeds: feedsPerOwner, linksPerFeed } satisfies QuotaLimits);
}
