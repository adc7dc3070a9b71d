/** One rule for every AWS client: an answer that means "try again" becomes ServiceUnavailable, with its cause. */
import { ServiceUnavailable } from "../core/failure.ts";

/** Endpoint, region and credentials where they are not the environment's. */
export type ClientSettings = {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

/** Without these the SDK waits for ever on a connection that says nothing, and the batch's deadline pays for it. */
const TIME_LIMITS = { connectionTimeout: 3000, socketTimeout: 10_000 } as const;

const NETWORK_CODES = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"]);
/** Said with a 4xx by some services although time alone is the cure. */
const PASSING = /Throttl|SlowDown|TooManyRequests|RequestLimitExceeded|ProvisionedThroughputExceeded|Timeout|Networking/u;

export function clientConfig(settings: ClientSettings): ClientSettings & { readonly requestHandler: typeof TIME_LIMITS } {
  return { ...settings, requestHandler: TIME_LIMITS };
}

/** For `.catch` around a call: throws what lasts as it is, what passes as ServiceUnavailable. */
export function rethrowFrom(service: string): (error: unknown) => never {
  return (error) => {
    throw isPassing(error) ? unavailable(`${service} answered ${nameOf(error)}, wanted a result`, error) : error;
  };
}

/** @param what one sentence without keys or urls */
export function unavailable(what: string, cause?: unknown): ServiceUnavailable {
  return new ServiceUnavailable(`${what}; the task comes back by itself`, { cause });
}

/** Whether an error of the SDK, which has tried three times by then, may be gone a minute later. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = Number(factOf(factOf(error, "$metadata"), "httpStatusCode") ?? 0);
  return (
    PASSING.test(error.name) ||
    NETWORK_CODES.has(String(factOf(error, "code"))) ||
    factOf(error, "$fault") === "server" ||
    factOf(error, "$retryable") !== undefined ||
    status === 429 ||
    status >= 500
  );
}

function factOf(holder: unknown, name: string): unknown {
  return typeof holder === "object" && holder !== null ? Reflect.get(holder, name) : undefined;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
