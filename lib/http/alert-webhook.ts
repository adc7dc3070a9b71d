/** Tells a Slack-compatible webhook of an alert. */
import type { AlertMessage } from "../core/alert-message.ts";
import type { AlertChannel } from "../sync/raise-alert.ts";

const LIMIT_MS = 5000;
/** Slack's own escapes; without them a reason that quotes a source could name a channel or a link. */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" } as const;

/** The webhook as a list, for there may be none. */
export function alertWebhooks(webhook: string): AlertChannel[] {
  return webhook === "" ? [] : [new AlertWebhook(webhook)];
}

class AlertWebhook implements AlertChannel {
  readonly name = "webhook";
  private readonly webhook: string;

  /** @param webhook a secret */
  constructor(webhook: string) {
    this.webhook = webhook;
  }

  /** Throws where the webhook did not take it; the error names its host alone. */
  async tell({ subject, text }: AlertMessage): Promise<void> {
    const { webhook } = this;
    const url = URL.parse(webhook);
    if (url === null)
      throw new Error(`the alert webhook is no url (${webhook.length} characters), wanted https://...; check alertWebhook`);
    const answer = await send(url, JSON.stringify({ text: escaped(`*${subject}*\n${text}`) }));
    if (!answer.ok) {
      throw new Error(`the alert webhook at ${url.host} answered ${answer.status}, wanted 200; check alertWebhook`);
    }
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>]/gu, (character) => Reflect.get(ESCAPES, character));
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
