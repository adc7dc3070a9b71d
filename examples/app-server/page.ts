/** The agenda as a page: one table, nothing loaded. */
import type { AgendaEntry } from "./agenda.ts";

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function agendaPage(name: string, entries: readonly AgendaEntry[], zone: string): string {
  const time = new Intl.DateTimeFormat("ko-KR", { dateStyle: "full", timeStyle: "short", timeZone: zone });
  const day = new Intl.DateTimeFormat("ko-KR", { dateStyle: "full", timeZone: "UTC" });
  const rows = entries.map(({ start, allDay, summary, calendar }) => {
    const when = (allDay ? day : time).format(new Date(start));
    return `<tr><td><time datetime="${start}">${when}</time><td>${escaped(summary)}<td>${escaped(calendar)}`;
  });
  return `<!doctype html>
<html lang="ko"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(name)}</title>
<style>body{font:16px/1.5 system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem}td{padding:.3rem 1rem .3rem 0;vertical-align:top}</style>
<h1>${escaped(name)}</h1>
<table>${rows.join("\n")}</table>
<p>${entries.length}건`;
}

/** What events say comes from anybody who can write into a calendar. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => ESCAPES[character] ?? "");
}
