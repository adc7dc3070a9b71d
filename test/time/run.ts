/**
 * `npm run test:time [-- --write]`: our turns and business days of two years in four zones against a table that python's dateutil and
 * zoneinfo compute. `--write` keeps that table for `npm test`, which has no python.
 */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";

import { pythonWith } from "../smoke/python.ts";
import { ourTables, Tables } from "./our-tables.ts";

const EXPECTED = new URL("./expected.json", import.meta.url);
const SCRIPT = new URL("./tables.py", import.meta.url).pathname;

const python = await pythonWith(["python-dateutil", "tzdata"]);
const { stdout } = await promisify(execFile)(python, [SCRIPT], { maxBuffer: 16 * 1024 * 1024 });
const theirs = Tables.parse(JSON.parse(stdout));
if (process.argv.includes("--write")) await writeFile(EXPECTED, `${JSON.stringify(theirs, undefined, 2)}\n`);
const kept = Tables.parse(JSON.parse(await readFile(EXPECTED, "utf8")));
const ours = ourTables(theirs);

let [rows, wrong] = [0, 0];
for (const table of ["crons", "policies", "lastOfMonth", "days"] as const) {
  for (const [name, expected] of Object.entries(theirs[table])) {
    rows += 1;
    const isSame = ours[table][name] === expected && kept[table][name] === expected;
    if (isSame) continue;
    wrong += 1;
    console.log(`${table} ${name}\n  python ${expected.slice(0, 200)}\n  ours   ${(ours[table][name] ?? "").slice(0, 200)}`);
  }
}
console.log(`${rows - wrong} rows equal, ${wrong} not`);
if (wrong > 0) process.exitCode = 1;
