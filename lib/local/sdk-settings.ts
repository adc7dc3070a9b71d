/** How an AWS SDK client reaches this machine: for the machine's own clients, and as environment for the functions. */
import { LOOPBACK } from "./loopback-server.ts";
import { REGION } from "./physical-names.ts";

/** Any key will do: the engines check none and listen on loopback alone. */
const KEY = "local";

export const CREDENTIALS = { region: REGION, credentials: { accessKeyId: KEY, secretAccessKey: KEY } } as const;

export interface Ports {
  readonly tables: number;
  readonly messages: number;
  readonly control: number;
}

/** The SDK's own variables; with an address instead of a name S3 uses path style. */
export function sdkEnvironment(ports: Ports): Record<string, string> {
  const at = (port: number): string => `http://${LOOPBACK}:${port}`;
  return {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: KEY,
    AWS_ENDPOINT_URL_DYNAMODB: at(ports.tables),
    AWS_ENDPOINT_URL_SQS: at(ports.messages),
    AWS_ENDPOINT_URL_S3: at(ports.messages),
    AWS_ENDPOINT_URL_SNS: at(ports.messages),
    AWS_ENDPOINT_URL_SCHEDULER: at(ports.control),
    AWS_ENDPOINT_URL_LAMBDA: at(ports.control),
  };
}
