import { expect, it } from "vitest";

import { ServiceUnavailable } from "../../lib/core/failure.ts";
import { workPart } from "../../lib/sync/work-part.ts";

it("an error is told when nothing of the part is under way any more", async () => {
  const slow = Promise.withResolvers<undefined>();
  const ended: string[] = [];
  const part = workPart([
    { id: "fails", name: "", run: async () => await Promise.reject(new ServiceUnavailable("table")) },
    {
      id: "slow",
      name: "",
      run: async () => {
        await slow.promise;
        ended.push("slow");
        return { outcome: "done" };
      },
    },
    { id: "quick", name: "", run: async () => await Promise.resolve({ outcome: "done" }) },
  ]).finally(() => ended.push("part"));
  setImmediate(() => slow.resolve(undefined));
  await expect(part).rejects.toThrow("table");
  expect(ended).toEqual(["slow", "part"]);
});
