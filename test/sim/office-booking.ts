import type { Counter, Office } from "./counter.ts";

export function openBooking(counter: Counter): Office {
  return { minute: (): void => void counter };
}
