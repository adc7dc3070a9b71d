/** Amazon resource names, as they are on this machine. */
export const REGION = "us-east-1";
/** fauxqs knows this account alone. */
export const ACCOUNT = "000000000000";

export function arnOf(service: string, rest: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
}

/** The name of a queue or topic. */
export function lastOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(":") + 1);
}

/** The name in a function's ARN, with or without a qualifier. */
export function functionNameOf(arnOrName: string): string {
  return /function:([^:/]+)/u.exec(arnOrName)?.[1] ?? arnOrName;
}
