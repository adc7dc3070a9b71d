/** Secrets of links and keys: made from random bytes, kept as SHA-256 alone. */
import { createHash } from "node:crypto";

/** Base64url of 24 random bytes; with the feed's id the whole URL stays under 256 characters. */
export function secretFrom(random: Uint8Array): string {
  return Buffer.from(random).toString("base64url");
}

/** Lower-case hex SHA-256. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** `<feedId>.<secret>` */
export function tokenOf(feedId: string, secret: string): string {
  return `${feedId}.${secret}`;
}

export function readToken(token: string): { feedId: string; secret: string } | undefined {
  const match = /^(?<feedId>[A-Za-z0-9]{1,40})\.(?<secret>[A-Za-z0-9_-]{16,64})(?:\.ics)?$/u.exec(token);
  const { feedId, secret } = match?.groups ?? {};
  return feedId === undefined || secret === undefined ? undefined : { feedId, secret };
}
