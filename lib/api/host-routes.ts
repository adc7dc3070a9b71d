/** /v1/hosts: how fast each host is asked, and when not. */
import { HostPolicy } from "../contract/host.ts";
import { HostView } from "../contract/time-view.ts";
import { pageOf } from "../contract/page.ts";
import { hostView } from "../core/host-view.ts";
import { setHost } from "../sync/set-host.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const listRoute = route({
  method: "GET",
  path: "/v1/hosts",
  operationId: "listHosts",
  summary: "List the hosts that were asked or have a policy, by name",
  tag: "hosts",
  scope: "admin",
  answers: { 200: { says: "All of them on one page.", schema: pageOf(HostView) } },
  codes: [],
  run: async (_asked, { hosts, now }) => {
    const all = [...(await hosts.hosts()).values()].map((host) => hostView(host, now()));
    return { status: 200, body: { items: all.toSorted((one, other) => (one.host < other.host ? -1 : 1)) } };
  },
});

const showRoute = route({
  method: "GET",
  path: "/v1/hosts/{host}",
  operationId: "getHost",
  summary: "Look at a host's pace, windows and cooldown",
  description: "One that nobody asked yet has the pace of everybody.",
  tag: "hosts",
  scope: "admin",
  answers: { 200: { says: "The host.", schema: HostView } },
  codes: [],
  run: async ({ params: { host } }, { hosts, now }) => ({ status: 200, body: hostView(await hosts.host(host), now()) }),
});

const setRoute = route({
  method: "PUT",
  path: "/v1/hosts/{host}",
  operationId: "setHost",
  summary: "Set a host's whole policy: its pace and the windows in which nobody asks it",
  tag: "hosts",
  scope: "admin",
  body: { schema: HostPolicy },
  answers: { 200: { says: "The host.", schema: HostView } },
  codes: ["blackout-invalid"],
  run: async ({ params: { host }, body }, { hosts, now }) => {
    return { status: 200, body: hostView(await setHost(host, body, hosts, now()), now()) };
  },
});

export const hostRoutes: readonly Route[] = [listRoute, showRoute, setRoute];
