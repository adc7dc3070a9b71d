/** The stack `Calferry`: reads as the picture of the flow. */
import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

import type { Config } from "../contract/config.ts";
import { Alarms } from "./alarms.ts";
import { CalferryHttpApi } from "./http-api.ts";
import { createApi, createServeFeed } from "./http-functions.ts";
import { tellOutputs } from "./outputs.ts";
import { createMakeDownload } from "./download-function.ts";
import { createParts } from "./parts.ts";
import { createAlert, createExportFeed, createFanOut, createImportCalendar } from "./task-functions.ts";
import { TickSchedule } from "./tick-schedule.ts";

export interface CalferryStackProps {
  readonly config: Config;
}

/** Stages differ by id alone, so that two of them fit in one account. */
export function stackId(config: Config): string {
  return config.stage === "prod" ? "Calferry" : `Calferry-${config.stage}`;
}

export class CalferryStack extends Stack {
  constructor(scope: Construct, id: string, props: CalferryStackProps) {
    super(scope, id, { description: `Calferry (${props.config.stage}): ferries calendars` });
    const { tickMinutes, logRetentionDays } = props.config;
    const parts = createParts(this, props.config);

    const fanOut = createFanOut(this, parts);
    const importCalendar = createImportCalendar(this, parts, fanOut);
    const exportFeed = createExportFeed(this, parts);
    const makeDownload = createMakeDownload(this, parts);
    const alert = createAlert(this, parts);
    const serveFeed = createServeFeed(this, parts);
    const api = createApi(this, parts, fanOut);

    const tick = new TickSchedule(this, "Tick", {
      tickMinutes,
      fanOut: fanOut.lambda,
      lostEvents: parts.lostEvents.queue,
      schedules: parts.schedules,
    });
    const http = new CalferryHttpApi(this, "Http", {
      serveFeed: serveFeed.lambda,
      api: api.lambda,
      logRetention: logRetentionDays,
    });
    new Alarms(this, "Alarms", {
      parts,
      functions: {
        FanOut: fanOut.lambda,
        ImportCalendar: importCalendar.lambda,
        ExportFeed: exportFeed.lambda,
        MakeDownload: makeDownload.lambda,
        Alert: alert.lambda,
        ServeFeed: serveFeed.lambda,
        Api: api.lambda,
      },
      tickMinutes,
    });
    tellOutputs(this, { parts, fanOut, tick, http });
  }
}
