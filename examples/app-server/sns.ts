/** What SNS posts to an endpoint: read, checked to be from our topic and signed by AWS, and confirmed. */
import { createVerify } from "node:crypto";

export type Envelope = {
  readonly Type: string;
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Message: string;
  readonly Timestamp: string;
  readonly Subject?: string;
  readonly SignatureVersion?: string;
  readonly Signature?: string;
  readonly SigningCertURL?: string;
  readonly SubscribeURL?: string;
  readonly Token?: string;
};
export type Get = (url: string) => Promise<string>;

/** The fields that are signed, in this order (AWS: "Verifying the signatures of Amazon SNS messages"). */
const SIGNED = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
} as const;

export class NotFromTopic extends Error {
  override readonly name = "NotFromTopic";
}

/** Throws NotFromTopic for what is no message of the topic. */
export function readEnvelope(body: string, topicArn: string): Envelope {
  const envelope = parse(body);
  if (envelope?.TopicArn !== topicArn) throw new NotFromTopic("a message of another topic, or none at all");
  return envelope;
}

/** Throws NotFromTopic unless AWS signed it with a certificate that lies on SNS's own host of the topic's region. */
export async function checkSignature(envelope: Envelope, get: Get): Promise<void> {
  const { SigningCertURL: certificateUrl = "", SignatureVersion: version, Signature: signature = "" } = envelope;
  // The topic signs with version 2, RSA and SHA-256; version 1 would be SHA-1.
  if (version !== "2") throw new NotFromTopic(`signature version ${version}, wanted 2`);
  if (!isOfSns(certificateUrl, envelope) || !new URL(certificateUrl).pathname.endsWith(".pem")) {
    throw new NotFromTopic("a certificate that is not on SNS's host");
  }
  const certificate = await certificateAt(certificateUrl, get);
  const isSigned = createVerify("RSA-SHA256").update(signedText(envelope)).verify(certificate, signature, "base64");
  if (!isSigned) throw new NotFromTopic("a signature that does not fit");
}

/** Says yes to the subscription, once. Throws NotFromTopic where the address is not SNS's. */
export async function confirm(envelope: Envelope, get: Get): Promise<void> {
  const { SubscribeURL: url = "" } = envelope;
  if (!isOfSns(url, envelope)) throw new NotFromTopic("a confirmation that is not on SNS's host");
  await get(url);
}

/** The body of a GET over HTTPS. */
export async function getText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000), redirect: "error" });
  if (!response.ok) throw new Error(`SNS answered ${response.status}, wanted 200`);
  return await response.text();
}

const certificates = new Map<string, string>();

async function certificateAt(url: string, get: Get): Promise<string> {
  const known = certificates.get(url);
  if (known !== undefined) return known;
  const certificate = await get(url);
  certificates.set(url, certificate);
  return certificate;
}

function signedText(envelope: Envelope): string {
  const type = envelope.Type;
  if (type !== "Notification" && type !== "SubscriptionConfirmation" && type !== "UnsubscribeConfirmation") {
    throw new NotFromTopic(`a message of type ${type}`);
  }
  return SIGNED[type].flatMap((name) => (envelope[name] === undefined ? [] : [`${name}\n${envelope[name]}\n`])).join("");
}

/** `arn:aws:sns:REGION:...` lives on `sns.REGION.amazonaws.com`. */
function isOfSns(address: string, { TopicArn: topicArn }: Envelope): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host } = new URL(address);
  return protocol === "https:" && host === `sns.${topicArn.split(":")[3]}.amazonaws.com`;
}

function parse(body: string): Envelope | undefined {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
