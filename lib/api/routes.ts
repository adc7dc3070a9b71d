/** The table of all routes: the app and the OpenAPI text are made from it. */
import { bulkRoutes } from "./bulk-routes.ts";
import { calendarChangeRoutes } from "./calendar-change-routes.ts";
import { calendarRoutes } from "./calendar-routes.ts";
import { changeRoutes } from "./change-routes.ts";
import { documentRoutes } from "./document-routes.ts";
import { downloadRoutes } from "./download-routes.ts";
import { eventRoutes } from "./event-routes.ts";
import { feedRoutes } from "./feed-routes.ts";
import { holdRoutes } from "./hold-routes.ts";
import { hostRoutes } from "./host-routes.ts";
import { keyRoutes } from "./key-routes.ts";
import { letterRoutes } from "./letter-routes.ts";
import { linkRoutes } from "./link-routes.ts";
import { memberRoutes } from "./member-routes.ts";
import { ownerRoutes } from "./owner-routes.ts";
import { pauseRoutes } from "./pause-routes.ts";
import { repeatRoutes } from "./repeat-routes.ts";
import type { Route } from "./route.ts";
import { reservationRoutes } from "./reservation-routes.ts";
import { runRoutes } from "./run-routes.ts";
import { spreadRoutes } from "./spread-routes.ts";
import { systemRoutes } from "./system-routes.ts";
import { timeRoutes } from "./time-routes.ts";
import { usageRoutes } from "./usage-routes.ts";
import { versionRoutes } from "./version-routes.ts";

const TABLE: readonly Route[] = [
  ...calendarRoutes,
  ...calendarChangeRoutes,
  ...bulkRoutes,
  ...eventRoutes,
  ...spreadRoutes,
  ...runRoutes,
  ...changeRoutes,
  ...holdRoutes,
  ...versionRoutes,
  ...pauseRoutes,
  ...feedRoutes,
  ...memberRoutes,
  ...linkRoutes,
  ...timeRoutes,
  ...reservationRoutes,
  ...hostRoutes,
  ...letterRoutes,
  ...downloadRoutes,
  ...repeatRoutes,
  ...keyRoutes,
  ...ownerRoutes,
  ...usageRoutes,
  ...systemRoutes,
];

export const ROUTES: readonly Route[] = [...TABLE, ...documentRoutes(TABLE)];
