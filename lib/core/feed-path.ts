/** X-CALFERRY-PATH: the feeds that an event has passed, so that a cycle of feeds comes to rest. */
import { createHash } from "node:crypto";

import { propertiesOf } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";

const NAME = "X-CALFERRY-PATH";
const MARK = /^[0-9a-f]{12}$/u;
const LONGEST_PATH = 8;

/** Feeds are named by a hash: who reads one feed need not learn of the others. */
export function feedMark(feedId: string): string {
  return createHash("sha256").update(feedId).digest("hex").slice(0, 12);
}

/** Marks in the order passed; whatever a source wrote that is no mark is left out. */
export function pathOf(event: Component): string[] {
  return propertiesOf(event, NAME).flatMap(({ value }) => value.split(",").filter((mark) => MARK.test(mark)));
}

/** Why an event may not pass this feed, or undefined. A longer way than eight feeds ends, for a longer cycle could not be seen. */
export function pathRefusal(path: readonly string[], feedId: string): "feed-cycle" | "path-too-long" | undefined {
  if (path.includes(feedMark(feedId))) return "feed-cycle";
  return path.length >= LONGEST_PATH ? "path-too-long" : undefined;
}

/** The event with this feed at the end of its path. */
export function withPath(event: Component, path: readonly string[], feedId: string): Component {
  const others = event.properties.filter(({ name }) => name !== NAME);
  return { ...event, properties: [...others, { name: NAME, parameters: [], value: [...path, feedMark(feedId)].join(",") }] };
}
