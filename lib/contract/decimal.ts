/** A whole number of a query. */
import * as z from "zod";

const DECIMAL = /^(?:0|[1-9]\d{0,14})$/u;

/** Decimal digits alone: not `0x10`, `1e1`, ` 5 `, `007` or nothing, which JavaScript reads as numbers too. */
export function decimal(least: number, most: number): z.ZodPreprocess<z.ZodNumber> {
  const read = (value: unknown): unknown => (typeof value === "string" && DECIMAL.test(value) ? Number(value) : value);
  return z.preprocess(read, z.number(`expected a whole number from ${least} to ${most}, in digits`).int().min(least).max(most));
}
