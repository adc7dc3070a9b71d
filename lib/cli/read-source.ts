/** The bytes that `inspect` looks at: a file, a URL through the guarded fetch, or standard input. */
import { promises as files } from "node:fs";

import { Refusal } from "../core/failure.ts";
import type { Failure } from "../core/failure.ts";
import { shown } from "../core/refusals.ts";
import { readSourceUrl } from "../core/source-url.ts";
import type { Place, Terminal } from "./terminal.ts";

export type SourceBytes =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly contentType?: string | undefined }
  | { readonly kind: "failed"; readonly failure: Failure };

const FETCH_TIMEOUT_MS = 30_000;

/** Throws `file-unreadable` or `url-invalid`; what a host answers wrongly is a value. */
export async function readSource(source: string, place: Place, terminal: Terminal): Promise<SourceBytes> {
  if (source === "-") return { kind: "bytes", bytes: await terminal.readInput() };
  if (/^[a-z][a-z0-9+.-]*:\/\//iu.test(source)) return await fetchSource(readSourceUrl(source), place, terminal);
  try {
    return { kind: "bytes", bytes: await files.readFile(source) };
  } catch (cause) {
    const seen = cause instanceof Error && "code" in cause ? String(cause.code) : "an unknown error";
    const what = `file ${shown(source)} gave ${seen}, wanted a readable file`;
    throw new Refusal("file-unreadable", what, "check path and permissions, or give a URL or -", { cause });
  }
}

async function fetchSource(url: URL, place: Place, terminal: Terminal): Promise<SourceBytes> {
  const source = await terminal.source(place);
  const fetched = await source.fetch({ url, signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  switch (fetched.kind) {
    case "complete":
      return { kind: "bytes", bytes: fetched.bytes, contentType: fetched.contentType };
    case "deferred":
    case "failed":
      return { kind: "failed", failure: fetched.failure };
    case "unchanged": {
      const reason = `host ${url.host} answered 304 to a request without validators, expected 200; ask the host's owner`;
      return { kind: "failed", failure: { code: "source-refused", reason } };
    }
  }
}
