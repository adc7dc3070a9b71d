/** A worker killed at each of its calls in turn: its task comes back, and in the end it is as if nobody had been killed. */
import { expect, test } from "vitest";

import { makeDownload } from "../../lib/sync/make-download.ts";
import type { MakePorts } from "../../lib/sync/make-download.ts";
import { request, stageOf } from "./download-requests.ts";
import { layered } from "./layer.ts";
import type { Layer } from "./layer.ts";
import type { DownloadStage } from "./memory-downloads.ts";

/** Four parts of a month. */
const SMALL = { rows: 9, characters: 1000 };

class Killed extends Error {
  override readonly name = "Killed";
}

type Run = { readonly file: Buffer; readonly calls: number; readonly told: readonly string[]; readonly made: readonly number[] };

/** Works a download to its end; the call of this number kills its worker, before or after it took effect. */
async function workWithKill(killAt: number, when: "before" | "after"): Promise<Run> {
  const stage = stageOf();
  const { download } = await request(stage);
  let calls = 0;
  const layer: Layer = async (_method, effect) => {
    calls += 1;
    if (calls !== killAt) return await effect();
    if (when === "after") await effect();
    throw new Killed(`killed ${when} call ${killAt}`);
  };
  while (stage.sent.length > 0) {
    const [task] = stage.sent.splice(0, 1);
    if (task === undefined) break;
    await makeDownload(task, portsWith(stage, layer), stage.context(SMALL)).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
      stage.sent.push(task);
    });
  }
  const made = [...stage.objects.writes].filter(([key]) => key.includes("/parts/")).map(([, writes]) => writes);
  return { file: stage.objects.file(download.downloadId), calls, told: stage.told.map(({ kind }) => kind), made };
}

function portsWith(stage: DownloadStage, layer: Layer): MakePorts {
  const ports = stage.makePorts();
  return {
    downloadBook: layered("downloadBook", ports.downloadBook, layer),
    downloadObjects: layered("downloadObjects", ports.downloadObjects, layer),
    subjects: layered("subjects", ports.subjects, layer),
    downloads: layered("downloads", ports.downloads, layer),
    letters: layered("letters", ports.letters, layer),
    changes: layered("changes", ports.changes, layer),
  };
}

test.each(["before", "after"] as const)(
  "killed %s any one call: the same bytes, no part made more than twice, its end told",
  async (when) => {
    const undisturbed = await workWithKill(0, when);
    expect(undisturbed.made).toEqual([1, 1, 1, 1]);
    expect(undisturbed.told).toEqual(["download.finished"]);
    expect(undisturbed.calls).toBeGreaterThan(40);
    const wrong: string[] = [];
    for (let killAt = 1; killAt <= undisturbed.calls; killAt += 1) {
      const { file, told, made } = await workWithKill(killAt, when);
      if (!file.equals(undisturbed.file)) wrong.push(`call ${killAt}: other bytes`);
      if (made.filter((writes) => writes > 1).length > 1 || Math.max(...made) > 2)
        wrong.push(`call ${killAt}: parts made ${made.join()}`);
      if (told.length > 2 || told.some((kind) => kind !== "download.finished")) wrong.push(`call ${killAt}: told ${told.join()}`);
      if (told.length === 0) wrong.push(`call ${killAt}: nobody heard`);
    }
    expect(wrong).toEqual([]);
  },
);
