/** Keys of the bucket; a key is written once and never used for other bytes. */
import { createHash } from "node:crypto";

/** 128 bits of SHA-256, base64url. */
export function shortHash(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest().subarray(0, 16).toString("base64url");
}

export function snapshotKey(calendarId: string, calendarVersion: number, content: string): string {
  return `snapshots/${calendarId}/${versionName(calendarVersion)}-${shortHash(content)}`;
}

export function changesKey(calendarId: string, calendarVersion: number, content: string): string {
  return `changes/${calendarId}/${versionName(calendarVersion)}-${shortHash(content)}`;
}

/** The plain object; the gzip one has `.gz` after it. */
export function feedKey(feedId: string, revision: number, etag: string): string {
  return `feeds/${feedId}/${versionName(revision)}-${etag.replaceAll('"', "").slice(0, 22)}.ics`;
}

/** Padded, so that a listing by name is a listing by version. */
export function versionName(version: number): string {
  return String(version).padStart(9, "0");
}
