/** The HTTP API: feeds for subscribers, /v1 for owners and operators. */
import { RemovalPolicy, Validations } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

/** Requests a second, and how many may come at once; above that subscribers hear 429 and come again. */
const THROTTLE = { rateLimit: 500, burstLimit: 1000 };

/** The route key, never the path: a feed's path holds its secret. */
const ACCESS_LOG = JSON.stringify({
  requestId: "$context.requestId",
  requestTime: "$context.requestTime",
  routeKey: "$context.routeKey",
  status: "$context.status",
  responseLength: "$context.responseLength",
  integrationStatus: "$context.integrationStatus",
  integrationLatency: "$context.integrationLatency",
  errorMessage: "$context.error.message",
});

export interface CalferryHttpApiProps {
  readonly serveFeed: IFunction;
  readonly api: IFunction;
  readonly logRetention: RetentionDays;
}

export class CalferryHttpApi extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: CalferryHttpApiProps) {
    super(scope, id);
    const httpApi = new HttpApi(this, "HttpApi", { description: "Calferry", createDefaultStage: false });
    const serveFeed = new HttpLambdaIntegration("ServeFeed", props.serveFeed);
    httpApi.addRoutes({ path: "/f/{token}", methods: [HttpMethod.GET, HttpMethod.HEAD], integration: serveFeed });
    httpApi.addRoutes({ path: "/robots.txt", methods: [HttpMethod.GET], integration: serveFeed });
    httpApi.addRoutes({
      path: "/v1/{proxy+}",
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration("Api", props.api),
    });
    const logs = new LogGroup(this, "AccessLogs", { retention: props.logRetention, removalPolicy: RemovalPolicy.DESTROY });
    new HttpStage(this, "Stage", {
      httpApi,
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: { destination: new LogGroupLogDestination(logs), format: AccessLogFormat.custom(ACCESS_LOG) },
    });
    // The default stage has no path of its own.
    this.url = `${httpApi.apiEndpoint}/`;
    Validations.of(httpApi).acknowledge({
      id: "AwsSolutions-APIG4",
      reason: "A feed's secret is in its path, for calendar apps send no headers; /v1 checks a key whose hash is in the table.",
    });
  }
}
