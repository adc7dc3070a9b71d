/** The app as it is run: alone, without the cdk CLI, account, credentials or Docker; and its security rules. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Validations } from "aws-cdk-lib";
import type { App } from "aws-cdk-lib";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createStack, withApp } from "./synthesize.ts";
import type { Values } from "./synthesize.ts";

const APP = fileURLToPath(new URL("../../bin/app.ts", import.meta.url));

describe("the app", () => {
  let outdir = "";
  beforeAll(async () => {
    outdir = await mkdtemp(join(tmpdir(), "calferry-app-"));
  });
  afterAll(() => rm(outdir, { recursive: true }));

  const run = (context: Values): Promise<{ readonly stdout: string; readonly stderr: string }> =>
    promisify(execFile)(process.execPath, [APP], {
      cwd: outdir,
      env: { PATH: process.env["PATH"], CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
    });

  it("writes the assembly of a stage from any folder, without an account", async () => {
    await run({ stage: "local", nag: "false", fetchAllow: "127.0.0.0/8,::1/128", "aws:cdk:bundling-stacks": [] });
    expect(await readdir(outdir)).toEqual(
      expect.arrayContaining(["Calferry-local.template.json", "Calferry-local.assets.json", "manifest.json"]),
    );
  });

  it("ends with status 1 and one line where a value is wrong", async () => {
    await expect(run({ tickMinutes: 0 })).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^config-invalid: tickMinutes is 0, wanted a whole number from 1 to 10; [^\n]*\n$/u),
    });
  });
});

describe("security rules", () => {
  const check = (values: Values, add?: "a bare queue"): void => {
    const synth = (app: App): void => {
      const stack = createStack(app);
      if (add !== undefined) new Queue(stack, "Bare");
      Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
      app.synth();
    };
    withApp(synth, values, "all rules");
  };

  it.each([{ stage: "prod" }, { stage: "dev", alertEmail: "ops@example.com", changesEndpoint: "https://app.example/c" }])(
    "AwsSolutions and Serverless find nothing in %j",
    (values) => {
      expect(() => check(values)).not.toThrow();
    },
  );

  it("they do find a queue without encryption and dead letters", () => {
    expect(() => check({ stage: "prod" }, "a bare queue")).toThrow(/AwsSolutions-SQS4(.|\n)*Serverless-SQSRedrivePolicy/u);
  });
});
