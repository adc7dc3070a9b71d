/** Why a put or delete of one event, or a batch of them, was refused. */
import type { RefusalCode } from "../contract/code.ts";
import type { EditRefusal } from "./edit-events.ts";
import { Refusal } from "./failure.ts";

/** Operations listed in a message; the details have all. */
const TOLD = 3;

export function refuseEdit({ problems: [problem] }: EditRefusal): Refusal {
  if (problem === undefined) return new Refusal("internal-error", "an edit was refused for no reason", "send it again");
  const { code, detail, seen, wanted, etag } = problem;
  return new Refusal(code, detail, nextOf(code), { details: { seen, wanted, ...(etag === undefined ? {} : { etag }) } });
}

export function refuseBatch({ problems }: EditRefusal): Refusal {
  const told = problems.slice(0, TOLD).map(({ index, detail }) => `operation ${index}: ${detail}`);
  const more = problems.length > TOLD ? ` and ${problems.length - TOLD} more` : "";
  const operations = problems.map(({ index, code, detail, seen, wanted, etag }) => ({
    index,
    code,
    detail,
    seen,
    wanted,
    ...(etag === undefined ? {} : { etag }),
  }));
  const details = { seen: `${problems.length} operations that cannot be done`, wanted: "none", operations };
  const next = "nothing was written; correct those operations and send the whole batch again";
  return new Refusal("batch-refused", `${told.join("; ")}${more}`, next, { details });
}

function nextOf(code: RefusalCode): string {
  if (code === "precondition-failed") return "read it again and send the change with the new ETag";
  return code === "event-unknown" ? "list them with: GET /v1/calendars/ID/events" : "correct it and send it again";
}
