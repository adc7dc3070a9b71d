/** How one route is asked for in tests: everything that it needs belongs to the owner "ann". */
import type { Memory } from "./memory-services.ts";

export type RouteExample = {
  readonly operationId: string;
  readonly prepare: (memory: Memory) => Promise<ExampleRequest>;
};
export type ExampleRequest = {
  readonly params?: Readonly<Record<string, string>>;
  /** Without `?`. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, text as it stands. */
  readonly body?: object | string;
};
