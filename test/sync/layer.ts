/** A layer round every method of a port: it counts, disturbs and orders calls, and no use case can tell. */

/** Called with `port.method` and what the call would do. */
export type Layer = (method: string, effect: () => Promise<unknown>) => Promise<unknown>;

/** The same port with the layer round each of its methods. */
export function layered<Port extends object>(name: string, port: Port, layer: Layer): Port {
  return new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      return async (...values: unknown[]): Promise<unknown> =>
        await layer(`${name}.${String(key)}`, async () => {
          const answer: unknown = await Reflect.apply(member, target, values);
          return answer;
        });
    },
  });
}
