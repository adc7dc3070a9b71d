/** Set a host's policy: its pace and the windows in which nobody asks it. */
import type { Host, HostPolicy } from "../contract/host.ts";
import { leavesRoom } from "../core/blackout.ts";
import { Refusal } from "../core/failure.ts";
import { shown } from "../core/refusals.ts";

export interface HostPolicyBook {
  /** Writes the whole policy, forgets the starts that were reserved under another one, and gives the record. */
  putPolicy(name: string, policy: HostPolicy): Promise<Host>;
}

/** A host of a url, with its port where that is not the scheme's own. */
const HOST = /^(?=.{1,260}$)(?:[a-z\d](?:[a-z\d.-]*[a-z\d])?|\[[\da-f:.]+\])(?::\d{1,5})?$/u;

/** Throws `query-invalid` for what is no host, `blackout-invalid` for windows that leave no time. */
export async function setHost(name: string, policy: HostPolicy, hosts: HostPolicyBook, now: Date): Promise<Host> {
  if (!HOST.test(name)) {
    const what = `${shown(name)} is no host, wanted one as in a url, in lower case, such as calendars.example.org`;
    throw new Refusal("query-invalid", what, "see the hosts with: calferry host list");
  }
  if (policy.blackout !== undefined && !leavesRoom(policy.blackout, now.getTime())) {
    const wanted = "windows with some time between them";
    const what = `the windows of host ${shown(name)} leave no time at which it may be asked, wanted ${wanted}`;
    throw new Refusal("blackout-invalid", what, "make one of them shorter", { details: { seen: "windows that join", wanted } });
  }
  return await hosts.putPolicy(name, policy);
}
