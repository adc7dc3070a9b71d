/** Who asks: whoever holds a key, and what that key reaches. */

export type Caller =
  /** Everything of every owner. */
  | { readonly scope: "admin"; readonly keyId: string }
  /** What one owner has; all else is unknown to it. */
  | { readonly scope: "owner"; readonly ownerId: string; readonly keyId: string }
  /** Nobody in particular, on routes that need no key. */
  | { readonly scope: "public" };

/** Whose things alone the caller reaches; undefined: everybody's. */
export function callerIdOf(caller: Caller): string | undefined {
  return caller.scope === "owner" ? caller.ownerId : undefined;
}

/** As a history names them: which key it was, for people know whom they gave it to. */
export function nameOf(caller: Caller): string {
  return caller.scope === "public" ? "nobody" : `key ${caller.keyId}`;
}
