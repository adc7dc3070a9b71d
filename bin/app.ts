/**
 * The CDK app. Runs below the cdk CLI, and alone: `node bin/app.ts` with CDK_OUTDIR, and CDK_CONTEXT_JSON for
 * context, writes the same assembly without account, credentials or Docker.
 * A function's bundle lies in the assembly under its template Metadata `aws:asset:path`.
 */
import { readFileSync } from "node:fs";

import { App, Validations } from "aws-cdk-lib";

import { CalferryStack, stackId } from "../lib/infra/calferry-stack.ts";
import { ConfigError, readConfig } from "../lib/infra/read-config.ts";

// The CLI hands over cdk.json's context and asks for asset metadata; alone, both are ours to give.
const file: { readonly context: Readonly<Record<string, unknown>> } = JSON.parse(
  readFileSync(new URL("../cdk.json", import.meta.url), "utf8"),
);
const app = new App({
  context: { ...file.context, "aws:cdk:enable-asset-metadata": true, "aws:cdk:enable-path-metadata": true },
});

try {
  const config = readConfig(app.node);
  await setRules();
  new CalferryStack(app, stackId(config), { config });
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** `nag=false` is for one machine, whose start must be quick; what is deployed is always checked. */
async function setRules(): Promise<void> {
  if (String(app.node.tryGetContext("nag")) === "false") {
    // CDK's own check of the template against CloudFormation's schemas takes two seconds, its traces half of one.
    process.env["CDK_VALIDATION"] = "false";
    app.node.setContext("aws:cdk:disable-stack-trace", true);
    return;
  }
  const { AwsSolutionsChecks, ServerlessChecks } = await import("cdk-nag");
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
}
