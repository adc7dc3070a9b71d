/** A layer round every method of a port: it counts, disturbs and orders calls, and no use case can tell. */

/** Called with `port.method` and what the call would do. */
export type Layer = (method: string, effect: () => Promise<unknown>) => Promise<unknown>;

/** The same port with the layer round each of its methods. */
export function layered<Port extends object>(name: string, port: Port, layer: Layer): Port {
  const methods = new Map<string | symbol, unknown>();
  return new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      const known = methods.get(key) ?? methodIn(layer, `${name}.${String(key)}`, member.bind(target));
      methods.set(key, known);
      return known;
    },
  });
}

function methodIn(layer: Layer, method: string, plain: (...values: unknown[]) => Promise<unknown>): unknown {
  return async (...values: unknown[]): Promise<unknown> => await layer(method, async () => await plain(...values));
}
