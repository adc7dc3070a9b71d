/** File names of downloads: safe on every system, and in a header whatever alphabet they are in. */
import type { Download } from "../contract/download.ts";

type Named = Pick<Download, "name" | "format" | "from" | "to" | "zone" | "downloadId">;

const NAME_LENGTH = 80;

/** `팀 회의 2026-05-01 2026-06-01.csv`. */
export function fileNameOf({ name, format, from, to, zone, downloadId }: Named): string {
  const days = from === undefined || to === undefined ? "" : ` ${dayOf(from, zone)} ${dayOf(to, zone)}`;
  return `${safe(name) || downloadId}${days}.${format}`;
}

/** RFC 6266: the name in ASCII for old readers, and as RFC 5987 has it. */
export function dispositionOf(download: Named): string {
  const name = fileNameOf(download);
  const plain = name.replaceAll(/[^\u0020-\u007e]/gu, "_").replaceAll(/["%\\]/gu, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeValue(name)}`;
}

/** No character that a file system or a shell takes for something else; no name that hides or that Windows keeps for a device. */
function safe(name: string): string {
  const clean = name
    .normalize("NFC")
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}/\\:*?"<>|$`;&]/gu, " ")
    .replaceAll(/\s+/gu, " ");
  const trimmed = clean
    .slice(0, NAME_LENGTH)
    .toWellFormed()
    .replace(/\u{fffd}$/u, "")
    .replace(/^[\s.~-]+/u, "")
    .replace(/[\s.]+$/u, "");
  return /^(?:con|prn|aux|nul|com\d|lpt\d)$/iu.test(trimmed) ? `${trimmed}_` : trimmed;
}

/** RFC 5987 3.2.1: what encodeURIComponent leaves and a value may not have. */
function encodeValue(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /['()*!]/gu,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function dayOf(instant: string, zone: string): string {
  // Swedish dates are ISO 8601's.
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(new Date(instant));
}
