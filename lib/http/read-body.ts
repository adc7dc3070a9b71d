/** A body within its limits: bytes that travel, bytes that come out, and what one may become of the other. */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw } from "node:zlib";

import { SourceError } from "./source-error.ts";

type Decode = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Uint8Array>;

const gunzipBody: Decode = promisify(gunzip);
/** A map, for `constructor` is a property of every object. */
const DECODERS: ReadonlyMap<string, Decode> = new Map([
  ["gzip", gunzipBody],
  ["x-gzip", gunzipBody],
  ["br", promisify(brotliDecompress)],
  ["deflate", decodeDeflate],
]);

/** A calendar shrinks to a tenth or a twentieth; what grows more than this was made to fill a memory. */
const RATIO = 200;
const FREE_BYTES = 1024 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

export type BodyLimits = {
  readonly host: string;
  readonly limitBytes: number;
  /** Asked before more than 1 MiB of a body is in memory. */
  readonly makeRoom?: (() => Promise<void>) | undefined;
};

/** The decoded body. Throws SourceError: `source-too-large`, `source-incomplete`, `source-refused`. */
export async function readBody(message: IncomingMessage, limits: BodyLimits): Promise<Uint8Array> {
  const { host, limitBytes } = limits;
  const bytes = await collect(message, limits);
  const encoding = (message.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding === "identity" || encoding === "" || bytes.length === 0) return bytes;
  const decode = DECODERS.get(encoding);
  if (decode === undefined) {
    const what = `host ${host} answered with content-encoding ${encoding.slice(0, 40)}, wanted gzip, br, deflate or none`;
    throw new SourceError("source-refused", `${what}; tell the host's owner`);
  }
  // Some servers name gzip and send plain text.
  if (decode === gunzipBody && GZIP_MAGIC.some((byte, index) => bytes[index] !== byte)) return bytes;
  const maxOutputLength = Math.min(limitBytes, Math.max(FREE_BYTES, bytes.length * RATIO));
  try {
    return await decodeInRoom(bytes, decode, maxOutputLength, limits);
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(host, `unpacks to more than ${maxOutputLength} bytes`, limitBytes, error);
    throw incomplete(host, `sent a broken ${encoding} body of ${bytes.length} bytes`, error);
  }
}

/** Most bodies are small: only what turns out to be large is decoded again, with room for the whole of it. */
async function decodeInRoom(bytes: Uint8Array, decode: Decode, most: number, limits: BodyLimits): Promise<Uint8Array> {
  try {
    return await decode(bytes, { maxOutputLength: Math.min(most, FREE_BYTES) });
  } catch (error) {
    if (!(error instanceof RangeError) || most <= FREE_BYTES) throw error;
    await limits.makeRoom?.();
    return await decode(bytes, { maxOutputLength: most });
  }
}

async function collect(message: IncomingMessage, { host, limitBytes, makeRoom }: BodyLimits): Promise<Uint8Array> {
  const declared = Number(message.headers["content-length"] ?? 0);
  if (declared > limitBytes) throw tooLarge(host, `names ${declared} bytes`, limitBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of message.iterator({ destroyOnReturn: true })) {
      if (!(chunk instanceof Uint8Array)) continue;
      size += chunk.length;
      if (size > limitBytes) throw tooLarge(host, `sends more than ${limitBytes} bytes`, limitBytes);
      await makeRoomFor(size, makeRoom);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof SourceError || isAbort(error)) throw error;
    throw incomplete(host, `broke off after ${size} bytes${declared > 0 ? ` of ${declared}` : ""}`, error);
  }
  return Buffer.concat(chunks);
}

async function makeRoomFor(size: number, makeRoom: BodyLimits["makeRoom"]): Promise<void> {
  if (size > FREE_BYTES) await makeRoom?.();
}

/** RFC 9110 8.4.1.2: deflate is zlib's format; some servers send it raw. */
async function decodeDeflate(bytes: Uint8Array, options: { readonly maxOutputLength: number }): Promise<Uint8Array> {
  const isZlib = ((bytes[0] ?? 0) & 0x0f) === 8;
  return await (isZlib ? promisify(inflate) : promisify(inflateRaw))(bytes, options);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function tooLarge(host: string, what: string, limitBytes: number, cause?: unknown): SourceError {
  const message = `the body of host ${host} ${what}, wanted at most ${limitBytes}; raise sourceLimitMiB if that is meant`;
  return new SourceError("source-too-large", message, { cause });
}

function incomplete(host: string, what: string, cause: unknown): SourceError {
  return new SourceError("source-incomplete", `host ${host} ${what}, wanted the whole body; it is tried again`, { cause });
}
