/** The part of dynalite that the machine uses; the package has no types of its own. */
declare module "dynalite" {
  import type { Server } from "node:http";

  /** `path` is the LevelDB directory; `createTableMs` is how long a table stays CREATING. */
  export default function dynalite(options: { readonly path: string; readonly createTableMs: number }): Server;
}
