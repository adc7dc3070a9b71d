/** Tells a Slack-compatible webhook of a dead letter. */
import type { Letter } from "../contract/letter.ts";
import { letterAlert } from "../core/letter-alert.ts";

const LIMIT_MS = 5000;

/** Throws where the webhook did not take it; the error names its host alone, for the url is a secret. */
export async function postWebhook(webhook: string, letter: Letter): Promise<void> {
  const url = URL.parse(webhook);
  if (url === null)
    throw new Error(`the alert webhook is no url (${webhook.length} characters), wanted https://...; check alertWebhook`);
  const { subject, text } = letterAlert(letter);
  const answer = await send(url, JSON.stringify({ text: `*${subject}*\n${text}` }));
  if (!answer.ok) {
    throw new Error(`the alert webhook at ${url.host} answered ${answer.status}, wanted 200; check alertWebhook`);
  }
}

async function send(url: URL, body: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const sent = fetch(url, { method: "POST", headers, body, redirect: "error", signal: AbortSignal.timeout(LIMIT_MS) });
  return await sent.catch((error: unknown) => {
    const name = error instanceof Error ? error.name : typeof error;
    // Without the cause: fetch's own errors may name the whole url.
    throw new Error(`the alert webhook at ${url.host} gave no answer (${name}), wanted 200 within ${LIMIT_MS / 1000} s`);
  });
}
