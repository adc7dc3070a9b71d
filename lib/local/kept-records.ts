/** What the machine itself remembers over restarts: schedules, groups, mapping states, links; one SQLite file. */
import { DatabaseSync } from "node:sqlite";

import { objectOf, parseJson, textOf } from "./json.ts";
import type { JsonObject } from "./json.ts";

export interface KeptRecords {
  readonly put: (kind: string, name: string, body: JsonObject) => void;
  readonly get: (kind: string, name: string) => JsonObject | undefined;
  readonly list: (kind: string) => readonly JsonObject[];
  readonly remove: (kind: string, name: string) => void;
  readonly close: () => void;
}

export function openRecords(file: string): KeptRecords {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("CREATE TABLE IF NOT EXISTS kept (kind TEXT, name TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, name))");
  const put = database.prepare("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)");
  const get = database.prepare("SELECT body FROM kept WHERE kind = ? AND name = ?");
  const list = database.prepare("SELECT body FROM kept WHERE kind = ? ORDER BY name");
  const remove = database.prepare("DELETE FROM kept WHERE kind = ? AND name = ?");
  const read = (row: Readonly<Record<string, unknown>>): JsonObject =>
    objectOf(parseJson(textOf(typeof row["body"] === "string" ? row["body"] : "{}")));
  return {
    put: (kind, name, body) => void put.run(kind, name, JSON.stringify(body)),
    get: (kind, name) => {
      const row = get.get(kind, name);
      return row === undefined ? undefined : read(row);
    },
    list: (kind) => list.all(kind).map(read),
    remove: (kind, name) => void remove.run(kind, name),
    close: () => database.close(),
  };
}
