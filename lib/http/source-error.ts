/** What a source did wrong, thrown inside this folder alone; the fetcher turns it into a value. */
import type { FailureCode } from "../contract/code.ts";

export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly code: FailureCode;

  /** @param message one sentence that names the host alone: what was seen, what is wanted, what to do */
  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const NETWORK_CODES: Readonly<Record<string, FailureCode>> = {
  ENOTFOUND: "source-dns",
  EAI_AGAIN: "source-dns",
  EAI_FAIL: "source-dns",
  EAI_NODATA: "source-dns",
  ENODATA: "source-dns",
  ETIMEDOUT: "source-timeout",
  EPROTO: "source-tls",
  HPE_HEADER_OVERFLOW: "source-too-large",
};
const TLS_CODE = /^ERR_(?:TLS|SSL)|CERT|UNABLE_TO|HOSTNAME_MISMATCH|CRL|^INVALID_(?:CA|PURPOSE)/u;

const ADVICE: Partial<Record<FailureCode, string>> = {
  "source-dns": "wanted an address; check the host's name",
  "source-connect": "wanted a connection; it is tried again, look whether the host is up",
  "source-tls": "wanted a valid certificate; tell the host's owner",
  "source-timeout": "wanted an answer in time; it is tried again",
  "source-too-large": "wanted at most 16 KB of headers; tell the host's owner",
  "source-incomplete": "wanted a whole HTTP answer; it is tried again",
};

/** An error of Node's net, tls, dns or http; its own message may name paths, so that only its code is shown. */
export function sourceErrorOf(error: unknown, host: string): SourceError {
  if (error instanceof SourceError) return error;
  const word = wordOf(error);
  const code = codeOf(word);
  return new SourceError(code, `host ${host}: ${word}, ${ADVICE[code] ?? "wanted an answer"}`, { cause: error });
}

function codeOf(word: string): FailureCode {
  const known = NETWORK_CODES[word];
  if (known !== undefined) return known;
  if (TLS_CODE.test(word)) return "source-tls";
  return word.startsWith("HPE_") ? "source-incomplete" : "source-connect";
}

function wordOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : typeof error;
}
