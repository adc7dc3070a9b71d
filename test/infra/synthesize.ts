/** Synthesizes the stack in process, without bundling, with the feature flags of cdk.json. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as z from "zod";

import { CalferryStack, stackId } from "../../lib/infra/calferry-stack.ts";
import { readConfig } from "../../lib/infra/read-config.ts";

export type Values = Readonly<Record<string, unknown>>;

const Resources = z.record(
  z.string(),
  z.object({ Type: z.string(), Properties: z.unknown(), DeletionPolicy: z.string().optional() }),
);

interface Resource {
  readonly id: string;
  readonly Type: string;
  readonly Properties: unknown;
  readonly DeletionPolicy: string | undefined;
}

/** An app in a folder of its own, which is gone when the use ends. */
export function withApp<Result>(
  use: (app: App) => Result,
  values: Values = {},
  rules: "all rules" | "no rules" = "no rules",
): Result {
  const file: { readonly context: Values } = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"));
  const outdir = mkdtempSync(join(tmpdir(), "calferry-infra-"));
  const app = new App({
    outdir,
    context: { ...file.context, "aws:cdk:bundling-stacks": [], "aws:cdk:disable-stack-trace": true, ...values },
    // Checks the template against CloudFormation's schemas; takes seconds.
    builtinCloudFormationValidation: rules === "all rules",
  });
  try {
    return use(app);
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

export function createStack(app: App): CalferryStack {
  const config = readConfig(app.node);
  return new CalferryStack(app, stackId(config), { config });
}

export function synthesize(values: Values = {}): Template {
  return withApp((app) => Template.fromStack(createStack(app)), values);
}

export function resourcesOf(template: Template): readonly Resource[] {
  const resources = Resources.parse(template.toJSON()["Resources"]);
  return Object.entries(resources).map(([id, { Type, Properties, DeletionPolicy }]) => ({
    id,
    Type,
    Properties,
    DeletionPolicy,
  }));
}

/** Properties of all resources of a type, read through a schema: what is missing fails the test here. */
export function propertiesOf<T>(template: Template, type: string, schema: z.ZodType<T>): ReadonlyMap<string, T> {
  const found = resourcesOf(template).filter((resource) => resource.Type === type);
  return new Map(found.map(({ id, Properties }) => [id, schema.parse(Properties)]));
}

export const Ref = z.object({ Ref: z.string() });
export const Arn = z
  .object({ "Fn::GetAtt": z.tuple([z.string(), z.literal("Arn")]) })
  .transform((value) => value["Fn::GetAtt"][0]);
