/** A stack of its own beside the one that is drilled: registries are taken out of it and put into it, and its calls are counted and broken off. */
import type { RegistryLine } from "../../lib/contract/registry-file.ts";
import { ServiceUnavailable } from "../../lib/core/failure.ts";
import { textOfLine } from "../../lib/core/registry-file.ts";
import { checkRegistry, requireEmpty } from "../../lib/sync/check-registry.ts";
import type { CheckedRegistry } from "../../lib/sync/check-registry.ts";
import { exportRegistry } from "../../lib/sync/export-registry.ts";
import type { ExportRegistryPorts } from "../../lib/sync/export-registry.ts";
import { applyRegistry } from "../../lib/sync/import-registry.ts";
import type { Applied, ImportRegistryPorts } from "../../lib/sync/import-registry.ts";
import { World } from "../sync/world.ts";
import { Desk } from "./desk.ts";
import type { Ports } from "./desk.ts";

type RegistryPorts = Ports & ExportRegistryPorts & ImportRegistryPorts;
/** The call that fails, from 1, and whether it took effect all the same. */
export type Break = { readonly call: number; readonly way: "error-before" | "error-after" };

export class OtherStack {
  readonly world = new World();
  readonly desk: Desk = new Desk(this.world);
  /** Of what was asked last. */
  calls: string[] = [];
  broken: Break | undefined;
  /** Asked after each call. */
  look: (method: string) => void | Promise<void> = () => undefined;

  constructor(nowMs: number) {
    this.world.clock.nowMs = nowMs;
  }

  get ports(): RegistryPorts {
    return registryPorts(
      this.desk.portsWith(async (method, effect) => {
        this.calls.push(method);
        const isBroken = this.calls.length === this.broken?.call;
        if (isBroken && this.broken?.way === "error-before") throw new ServiceUnavailable(`${method} did not answer`);
        const result = await effect();
        await this.look(method);
        if (isBroken) throw new ServiceUnavailable(`${method} did not answer`);
        return result;
      }),
    );
  }

  async export(withEvents: boolean): Promise<readonly string[]> {
    this.calls = [];
    return await textsOf(exportRegistry({ withEvents }, this.ports, this.world.clock.now()));
  }

  async restore(texts: readonly string[]): Promise<readonly Applied[]> {
    const { clock, newId } = this.world;
    this.calls = [];
    const applied: Applied[] = [];
    for await (const one of applyRegistry(streamOf(texts), this.ports, { now: clock.now, newId })) applied.push(one);
    return applied;
  }

  /** Throws where it has what the file has not. */
  async requireEmpty(checked: CheckedRegistry): Promise<void> {
    await requireEmpty(checked, this.ports);
  }
}

export function registryPorts(ports: Ports): RegistryPorts {
  return { ...ports, published: ports.objects };
}

/** The code, or what was found; undefined where the file is whole. */
export async function brokenIn(texts: readonly string[]): Promise<string> {
  return await check(texts).then(
    () => "whole",
    (error: unknown) => (error instanceof Error && "code" in error ? `${String(error.code)}: ${error.message}` : String(error)),
  );
}

export async function check(texts: readonly string[]): Promise<CheckedRegistry> {
  return await checkRegistry(streamOf(texts));
}

export async function textsOf(lines: AsyncIterable<RegistryLine>): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const line of lines) texts.push(textOfLine(line).trimEnd());
  return texts;
}

export async function* streamOf(texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}
