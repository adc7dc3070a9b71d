/** A subscription's filter on the attributes of messages, as SNS applies it before it delivers. */
import * as z from "zod";

/** Each attribute named must have one of the values. */
const FilterPolicy = z.record(z.string(), z.array(z.unknown()));
export const MessageAttributes = z.record(z.string(), z.object({ Value: z.string() }));
export type MessageAttributes = z.infer<typeof MessageAttributes>;

/** Exact values only; a condition of another kind (a prefix, a number's range) lets everything through: an app has to ignore what it does not know. */
export function passes(filterPolicy: string | undefined, attributes: MessageAttributes): boolean {
  if (filterPolicy === undefined || filterPolicy === "") return true;
  const policy = FilterPolicy.parse(JSON.parse(filterPolicy));
  return Object.entries(policy).every(([name, values]) => {
    const value = attributes[name]?.Value;
    return values.some((wanted) => typeof wanted !== "string" || wanted === value);
  });
}
