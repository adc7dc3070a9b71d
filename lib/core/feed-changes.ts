/** A feed after its owner changed it: what is absent stays, null takes away. */
import type { ExportPolicy, Feed, FeedPatch } from "../contract/feed.ts";
import { nextEdition } from "./feed-edition.ts";

/** What of a policy changes what events show. */
const SHOWING = ["class", "people", "alarms"] as const;

/** The feed itself where nothing of it would change. */
export function patchedFeed(feed: Feed, patch: FeedPatch, at: string): Feed {
  const policy = patch.policy === undefined ? feed.policy : patchedPolicy(feed.policy, patch.policy);
  const isShownAlike = SHOWING.every((field) => policy[field] === feed.policy[field]);
  const changed: Feed = {
    ...feed,
    name: patch.name ?? feed.name,
    color: after(patch.color, feed.color),
    policy,
    filters: after(patch.filters, feed.filters),
    edition: isShownAlike ? feed.edition : nextEdition(feed.edition, at),
  };
  return said(changed) === said(feed) ? feed : { ...changed, revision: (feed.revision ?? 0) + 1 };
}

function patchedPolicy(policy: ExportPolicy, patch: NonNullable<FeedPatch["policy"]>): ExportPolicy {
  return {
    class: patch.class ?? policy.class,
    people: patch.people ?? policy.people,
    alarms: patch.alarms ?? policy.alarms,
    pastDays: after(patch.pastDays, policy.pastDays),
    futureDays: after(patch.futureDays, policy.futureDays),
  };
}

function after<Value>(patch: Value | null | undefined, before: Value | undefined): Value | undefined {
  return patch === undefined ? before : (patch ?? undefined);
}

function said({ name, color, policy, filters, edition }: Feed): string {
  return JSON.stringify([name, color, policy, filters, edition]);
}
