import type { Counter, Office } from "./counter.ts";

export function openPublishing(counter: Counter): Office {
  return { minute: (): void => void counter };
}
