/** Reads the configuration from the CDK context and refuses a wrong value before anything is built. */
import type { Node } from "constructs";

import { Config } from "../contract/config.ts";

/** Bare context names that are not configuration: our object in cdk.json, and the switch of cdk-nag. */
const OTHER_NAMES = new Set(["calferry", "nag"]);

/** Values that must not be printed. */
const SECRET_NAMES = new Set(["alertWebhook", "deadManUrl", "changesEndpoint"]);

const NAMES = new Set<string>(Object.keys(Config.shape));

/** A wrong value in cdk.json or after -c: one line with code, value seen, value wanted and the next step. */
export class ConfigError extends Error {
  constructor(sentence: string) {
    super(`config-invalid: ${sentence}`);
    this.name = "ConfigError";
  }
}

/** Context `calferry` of cdk.json, each key overridden by a context value of its own name (`-c stage=dev`). */
export function readConfig(node: Node): Config {
  refuseUnknownNames(node);
  const values = { ...readObject(node.tryGetContext("calferry")), ...readOverrides(node) };
  const parsed = Config.safeParse(values);
  if (parsed.success) return parsed.data;
  throw firstError(values, parsed.error.issues);
}

function readObject(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new ConfigError(
    `calferry is a ${typeof value}, wanted an object of configuration values; correct context.calferry in cdk.json`,
  );
}

function readOverrides(node: Node): Readonly<Record<string, unknown>> {
  const overrides: Record<string, unknown> = {};
  for (const name of NAMES) {
    const value: unknown = node.tryGetContext(name);
    if (value !== undefined) overrides[name] = value;
  }
  return overrides;
}

/** CDK's own context names hold a colon, a slash or a hyphen; a bare name that nobody knows is a typing error of ours. */
function refuseUnknownNames(node: Node): void {
  const context: Readonly<Record<string, unknown>> = node.getAllContext();
  const unknown = Object.keys(context).find((name) => /^[A-Za-z]+$/u.test(name) && !NAMES.has(name) && !OTHER_NAMES.has(name));
  if (unknown !== undefined) throw unknownName(unknown);
}

function firstError(
  values: Readonly<Record<string, unknown>>,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly keys?: readonly string[] }[],
): ConfigError {
  const [issue] = issues;
  const name = String(issue?.path[0] ?? issue?.keys?.[0]);
  const wanted = Object.entries(Config.shape).find(([key]) => key === name)?.[1].description;
  if (wanted === undefined) return unknownName(name);
  const seen = SECRET_NAMES.has(name) ? "(not shown, it may be a secret)" : JSON.stringify(values[name]).slice(0, 80);
  return new ConfigError(
    `${name} is ${seen}, wanted ${wanted}; correct it in cdk.json (context.calferry) or with -c ${name}=VALUE`,
  );
}

/** The value is not printed: under its right name it may be a secret. */
function unknownName(name: string): ConfigError {
  return new ConfigError(`${name} is no name of the configuration, wanted one of ${[...NAMES].join(", ")}; correct the name`);
}
