/** How a function of `functions/` becomes one file. */
import { Charset, LogLevel, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import type { BundlingOptions } from "aws-cdk-lib/aws-lambda-nodejs";

/**
 * Ways to credentials that the SDK would load on demand; Lambda's are in the environment, which it asks first.
 * They are 130 KB of each bundle.
 */
const NEVER_LOADED = [
  "@aws-sdk/credential-provider-http",
  "@aws-sdk/credential-provider-ini",
  "@aws-sdk/credential-provider-process",
  "@aws-sdk/credential-provider-sso",
  "@aws-sdk/credential-provider-web-identity",
  "@smithy/credential-provider-imds",
];

/**
 * CommonJS starts 8 to 12 ms sooner than ES modules with the SDK inside. The package.json says so of the asset,
 * which on one machine lies below ours and would be taken for an ES module.
 */
export const BUNDLING: BundlingOptions = {
  format: OutputFormat.CJS,
  target: "node24",
  mainFields: ["module", "main"],
  // The rest of the SDK is bundled: what was tested is what runs.
  externalModules: NEVER_LOADED,
  minify: true,
  sourceMap: true,
  sourcesContent: false,
  charset: Charset.UTF8,
  logLevel: LogLevel.WARNING,
  esbuildArgs: { "--legal-comments": "none" },
  commandHooks: {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (_inputDir, outputDir) => [`echo '{"type":"commonjs"}' > '${outputDir}/package.json'`],
  },
};
