/** Schedules, event sources, dead letter queues and what a doctor asks, as values that a test sets. */
import type { Operations } from "../../lib/cli/terminal.ts";
import type { Pause } from "../../lib/contract/pause.ts";
import type { Task } from "../../lib/contract/task.ts";
import type { Switch } from "../../lib/sync/pause-all.ts";
import type { LyingMessage } from "../../lib/sync/redrive-letters.ts";

export type MemoryOperations = {
  readonly ports: Operations;
  readonly switches: Map<string, Switch>;
  readonly lying: LyingMessage[];
  readonly redriven: Task[];
  pause: Pause | undefined;
  skewMs: number;
  subscriptions: { readonly confirmed: number; readonly pending: number };
  /** Thrown by the next look at the topic. */
  refusal: Error | undefined;
};

const SWITCHES: readonly Switch[] = [
  { kind: "schedule", id: "tick", name: "tick", isOn: true },
  { kind: "event-source", id: "u1", name: "import", isOn: true },
  { kind: "event-source", id: "u2", name: "urgent", isOn: true },
  { kind: "event-source", id: "u3", name: "import dlq", isOn: true },
];

export function createMemoryOperations(): MemoryOperations {
  const switches = new Map(SWITCHES.map((one) => [one.id, one]));
  const those = (wish: (one: Switch) => boolean): readonly Switch[] => [...switches.values()].filter(wish);
  const lying: LyingMessage[] = [];
  const redriven: Task[] = [];
  const ports: Operations = {
    switches: {
      schedules: async () => those(({ kind }) => kind === "schedule"),
      importSources: async () => those(({ kind, name }) => kind === "event-source" && !name.endsWith(" dlq")),
      deadLetterSources: async () => those(({ name }) => name.endsWith(" dlq")),
      turn: async (which, to) => void switches.set(which.id, { ...which, isOn: to === "on" }),
    },
    pauses: {
      pause: async () => memory.pause,
      putPause: async (pause) => void (memory.pause = pause),
      endPause: async () => void (memory.pause = undefined),
    },
    lanes: [
      {
        from: {
          name: "import dlq",
          lying: async function* received() {
            yield* lying.slice();
          },
          remove: async ({ messageId }) => {
            lying.splice(
              lying.findIndex((message) => message.messageId === messageId),
              1,
            );
          },
          putBack: async () => undefined,
        },
        to: {
          sendImports: async (tasks) => void redriven.push(...tasks.map(({ task }) => task)),
          sendExports: async (tasks) => void redriven.push(...tasks),
          sendDownloads: async (tasks) => void redriven.push(...tasks),
        },
      },
    ],
    probe: {
      clockSkewMs: async () => memory.skewMs,
      oldestIn: async () => "2026-05-06T00:00:00.000Z",
      subscriptions: async () => {
        if (memory.refusal !== undefined) throw memory.refusal;
        return memory.subscriptions;
      },
      webhook: "none",
    },
  };
  const memory: MemoryOperations = {
    ports,
    switches,
    lying,
    redriven,
    pause: undefined,
    skewMs: 0,
    subscriptions: { confirmed: 1, pending: 0 },
    refusal: undefined,
  };
  return memory;
}
