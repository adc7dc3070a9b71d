/** What the records of the contract run come to: one verdict for each operation and identity. */
import * as z from "zod";

/** The operations of the OpenAPI text: `POST /v1/keys`. */
export const Operations = z
  .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
  .transform(({ paths }) =>
    Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)),
  );

const Line = z.union([
  z.object({ operation: z.string(), status: z.number(), code: z.string().nullable() }),
  z.object({ operation: z.string(), failed: z.string(), what: z.string(), asked: z.string() }),
]);
type Line = z.infer<typeof Line>;

export type Verdict = { readonly passed: number; readonly failed: number; readonly lines: readonly string[] };

const SHOWN = 2;
/** Who could be answered with success. */
/** A success, too: a small download is ready before anybody can cancel it. */
const AS_GOOD: Readonly<Record<string, string>> = { "POST /v1/downloads/{downloadId}/cancel": "download-ended" };
const OPENED = ["admin key", "owner's key"];

export function readRecord(text: string): readonly Line[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => Line.parse(JSON.parse(line)));
}

/** Besides what the checks found, an operation fails that was never asked for, or was never once answered with success by whoever may. */
export function verdictOf(records: ReadonlyMap<string, readonly Line[]>, operations: readonly string[]): Verdict {
  const lines: string[] = [];
  let [passed, failed] = [0, 0];
  const opened = OPENED.flatMap((name) => records.get(name) ?? []);
  const served = new Set(
    opened.flatMap((line) =>
      "status" in line && (line.status < 400 || AS_GOOD[line.operation] === line.code) ? [line.operation] : [],
    ),
  );
  for (const operation of operations) {
    const counts: string[] = [];
    for (const [name, record] of records) {
      const own = record.filter((line) => line.operation === operation);
      const calls = own.flatMap((line) => ("status" in line ? [line.status] : []));
      const wrong = own.flatMap((line) => ("failed" in line ? [`${line.failed}: ${line.what}\n      ${line.asked}`] : []));
      if (calls.length === 0) wrong.push("it was never asked for");
      if (OPENED.includes(name) && !served.has(operation)) wrong.push("it was never answered with success");
      counts.push(`${name} ${calls.length} (${tallyOf(calls)})`);
      if (wrong.length === 0) passed += 1;
      else failed += 1;
      lines.push(...wrong.slice(0, SHOWN).map((each) => `FAIL ${operation}, ${name}: ${each}`));
      if (wrong.length > SHOWN) lines.push(`  and ${wrong.length - SHOWN} more`);
    }
    lines.push(`${operation}: ${counts.join(", ")}`);
  }
  return { passed, failed, lines };
}

/** `200 x3, 404 x2` */
function tallyOf(statuses: readonly number[]): string {
  const groups = [...Map.groupBy(statuses, (status) => status)].toSorted(([one], [other]) => one - other);
  return groups.map(([status, all]) => `${status} x${all.length}`).join(", ");
}
