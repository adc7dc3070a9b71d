import type { Counter, Office } from "./counter.ts";

export function openRegistry(counter: Counter): Office {
  return { minute: (): void => void counter };
}
