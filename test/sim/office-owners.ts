import type { Counter, Office } from "./counter.ts";

export function openOwners(counter: Counter): Office {
  return { minute: (): void => void counter };
}
