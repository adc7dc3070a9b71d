/** How an AWS SDK client reaches this machine: for the machine's own clients, and as environment for the functions. */
import { addressOf } from "./loopback.ts";
import { REGION } from "./arn.ts";

/** Any key will do: the engines check none and listen on loopback alone. */
const KEY = "local";

export interface Ports {
  readonly tables: number;
  readonly messages: number;
  readonly control: number;
}

export interface ClientSettings {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export function clientSettings(port: number): ClientSettings {
  return { region: REGION, endpoint: addressOf(port), credentials: { accessKeyId: KEY, secretAccessKey: KEY } };
}

/** The SDK's own variables; with an address instead of a name S3 uses path style. */
export function sdkEnvironment({ tables, messages, control }: Ports): Readonly<Record<string, string>> {
  const services = { DYNAMODB: tables, SQS: messages, S3: messages, SNS: messages, SCHEDULER: control, LAMBDA: control };
  const addresses = Object.entries(services).map(([name, port]) => [`AWS_ENDPOINT_URL_${name}`, addressOf(port)]);
  return { AWS_REGION: REGION, AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: KEY, ...Object.fromEntries(addresses) };
}
