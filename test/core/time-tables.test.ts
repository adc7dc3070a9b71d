import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { ourTables, Tables } from "../time/our-tables.ts";

/** Made by `npm run test:time -- --write`. */
const expected = Tables.parse(JSON.parse(readFileSync(new URL("../time/expected.json", import.meta.url), "utf8")));
const ours = ourTables(expected);

test.each(["crons", "policies", "lastOfMonth", "days"] as const)(
  "two years in four zones are as dateutil and zoneinfo compute them: %s",
  (table) => {
    expect(Object.keys(expected[table]).length).toBeGreaterThan(1);
    expect(ours[table]).toEqual(expected[table]);
  },
);
