/** What the server is told by its environment; README.md lists it. */

export type Config = {
  readonly port: number;
  /** The JSON file that stands for your database. */
  readonly file: string;
  readonly calferryUrl: string;
  /** A secret. */
  readonly calferryKey: string;
  /** Messages of any other topic are refused. */
  readonly topicArn: string;
  /** `off` is for one machine alone, which signs nothing. */
  readonly signatures: "on" | "off";
  /** Where your users live: days begin there. */
  readonly zone: string;
  /** What is still missing of a step after this long is asked for. */
  readonly gapMs: number;
  /** Everything is asked for this often, whatever came. */
  readonly askEveryMs: number;
};

const HOUR_MS = 3_600_000;

/** Throws one line that names every variable that is missing. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const missing = ["CALFERRY_URL", "CALFERRY_KEY", "CALFERRY_TOPIC_ARN"].filter((name) => !env[name]);
  if (missing.length > 0)
    throw new Error(`${missing.join(", ")} not set, wanted a value; examples/app-server/README.md says which`);
  return {
    port: Number(env["PORT"] ?? 4700),
    file: env["APP_FILE"] ?? "app-server.json",
    calferryUrl: (env["CALFERRY_URL"] ?? "").replace(/\/$/u, ""),
    calferryKey: env["CALFERRY_KEY"] ?? "",
    topicArn: env["CALFERRY_TOPIC_ARN"] ?? "",
    signatures: env["SNS_SIGNATURES"] === "off" ? "off" : "on",
    zone: env["APP_ZONE"] ?? "Asia/Seoul",
    gapMs: Number(env["GAP_MS"] ?? 3000),
    askEveryMs: Number(env["ASK_EVERY_MS"] ?? HOUR_MS),
  };
}
