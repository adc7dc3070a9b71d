import type { Counter, Office } from "./counter.ts";

export function openAccess(counter: Counter): Office {
  return { minute: (): void => void counter };
}
