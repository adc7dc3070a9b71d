/** How an AWS SDK client reaches this machine: for the machine's own clients, and as environment for the functions. */
import { REGION } from "./arn.ts";
import { addressOf } from "./loopback.ts";

/** Any key will do: the engines check none and listen on loopback alone. */
const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };

export interface Ports {
  readonly tables: number;
  readonly messages: number;
  readonly control: number;
}

export function clientSettings(port: number): { region: string; endpoint: string; credentials: typeof CREDENTIALS } {
  return { region: REGION, endpoint: addressOf(port), credentials: CREDENTIALS };
}

/** The SDK's own variables; with an address instead of a name S3 uses path style. */
export function sdkEnvironment({ tables, messages, control }: Ports): Readonly<Record<string, string>> {
  const services = { DYNAMODB: tables, SQS: messages, S3: messages, SNS: messages, SCHEDULER: control, LAMBDA: control };
  const addresses = Object.entries(services).map(([name, port]) => [`AWS_ENDPOINT_URL_${name}`, addressOf(port)]);
  return { AWS_REGION: REGION, AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local", ...Object.fromEntries(addresses) };
}
