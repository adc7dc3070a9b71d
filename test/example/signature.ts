/** What the app server makes of what pretends to come from SNS: a key of our own stands for AWS's. */
import { createSign, generateKeyPairSync } from "node:crypto";

import { checkSignature, confirm, NotFromTopic, readEnvelope } from "../../examples/app-server/sns.ts";
import type { Envelope } from "../../examples/app-server/sns.ts";
import { same } from "./checks.ts";

const TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:calferry-changes";
const HOST = "https://sns.ap-northeast-2.amazonaws.com";
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const certificate = publicKey.export({ type: "spki", format: "pem" }).toString();

const NOTIFICATION: Envelope = {
  Type: "Notification",
  MessageId: "6f3f2c1e-1111-5222-8333-444455556666",
  TopicArn: TOPIC,
  Message: '{"version":1,"kind":"created"}',
  Timestamp: "2026-05-06T01:00:00.000Z",
  SignatureVersion: "2",
  SigningCertURL: `${HOST}/SimpleNotificationService-0123.pem`,
};
/** By hand from AWS's page on signatures, so that the app's own list is not asked what is right. */
const NOTIFICATION_TEXT = `Message\n{"version":1,"kind":"created"}\nMessageId\n6f3f2c1e-1111-5222-8333-444455556666\nTimestamp\n2026-05-06T01:00:00.000Z\nTopicArn\n${TOPIC}\nType\nNotification\n`;
const CONFIRMATION: Envelope = {
  ...NOTIFICATION,
  Type: "SubscriptionConfirmation",
  Message: "Confirm",
  Token: "t0ken",
  SubscribeURL: `${HOST}/?Action=ConfirmSubscription&Token=t0ken`,
};
const CONFIRMATION_TEXT = `Message\nConfirm\nMessageId\n6f3f2c1e-1111-5222-8333-444455556666\nSubscribeURL\n${HOST}/?Action=ConfirmSubscription&Token=t0ken\nTimestamp\n2026-05-06T01:00:00.000Z\nToken\nt0ken\nTopicArn\n${TOPIC}\nType\nSubscriptionConfirmation\n`;

export async function seeSignedMessagesTaken(): Promise<void> {
  await checkSignature(signed(NOTIFICATION, NOTIFICATION_TEXT), giveCertificate);
  await checkSignature(signed(CONFIRMATION, CONFIRMATION_TEXT), giveCertificate);
  same("the topic of a message", readEnvelope(JSON.stringify(NOTIFICATION), TOPIC).TopicArn, TOPIC);
}

export async function seeForgedMessagesRefused(): Promise<void> {
  const good = signed(NOTIFICATION, NOTIFICATION_TEXT);
  const forged: readonly Envelope[] = [
    { ...good, Message: '{"version":1,"kind":"deleted"}' },
    { ...good, Subject: "slipped in" },
    { ...good, Signature: "" },
    { ...good, SignatureVersion: "1" },
    { ...good, SigningCertURL: "https://sns.ap-northeast-2.amazonaws.com.evil.example/x.pem" },
    { ...good, SigningCertURL: "https://sns.us-east-1.amazonaws.com/x.pem" },
    { ...good, SigningCertURL: "http://sns.ap-northeast-2.amazonaws.com/x.pem" },
    { ...good, SigningCertURL: "https://sns.ap-northeast-2.amazonaws.com@evil.example/x.pem" },
    NOTIFICATION,
  ];
  for (const envelope of forged) await refused(async () => await checkSignature(envelope, giveCertificate), envelope);
  const another = { ...NOTIFICATION, TopicArn: `${TOPIC}-2` };
  await refused(async () => void readEnvelope(JSON.stringify(another), TOPIC), another);
  await refused(async () => void readEnvelope("no JSON", TOPIC), NOTIFICATION);
}

export async function seeConfirmedOnSnsAlone(): Promise<void> {
  const asked: string[] = [];
  const get = async (url: string): Promise<string> => {
    asked.push(url);
    return await Promise.resolve("");
  };
  await confirm(CONFIRMATION, get);
  same("what was asked", asked, [CONFIRMATION.SubscribeURL]);
  for (const SubscribeURL of ["http://127.0.0.1/", "https://sns.ap-northeast-2.amazonaws.com.evil.example/", "no url"]) {
    await refused(async () => await confirm({ ...CONFIRMATION, SubscribeURL }, get), CONFIRMATION);
  }
  same("how many were asked", asked.length, 1);
}

function signed(envelope: Envelope, text: string): Envelope {
  return { ...envelope, Signature: createSign("RSA-SHA256").update(text).sign(privateKey, "base64") };
}

async function giveCertificate(): Promise<string> {
  return await Promise.resolve(certificate);
}

async function refused(act: () => Promise<void>, envelope: Envelope): Promise<void> {
  const end = await act().then(
    () => "taken",
    (error: unknown) => error,
  );
  if (!(end instanceof NotFromTopic))
    throw new Error(`${JSON.stringify(envelope)} was answered ${String(end)}, expected a refusal`);
}
