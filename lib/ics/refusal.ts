/** Why a body is no calendar, in words for the owner of the feed. */
import { shown } from "./problem.ts";

const WANTED = "expected BEGIN:VCALENDAR";

const PAGE = /^\s*<(?:!doctype\s+html|html|head|body)/iu;

/** A page may show a calendar; it is none. */
export function isPage(body: string): boolean {
  return PAGE.test(body.slice(0, 2000));
}

/** For a body that is no calendar. */
export function refusalReason(body: string): string {
  const head = body.slice(0, 2000).trimStart();
  if (head === "") return `the body is empty, ${WANTED}`;
  if (isPage(head)) return `the body is an HTML page, ${WANTED}; the source may ask for a login`;
  if (head.startsWith("<")) return `the body is XML or HTML, beginning ${shown(head)}, ${WANTED}`;
  if (/^[[{]\s*["{[\]}]/u.test(head)) return `the body is JSON, beginning ${shown(head)}, ${WANTED}`;
  return `the body begins ${shown(head)}, ${WANTED}`;
}
