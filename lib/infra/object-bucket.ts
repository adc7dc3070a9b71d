/** The bucket of snapshots, changes, feeds, downloads and large dead letters. */
import { CfnElement, Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

import { DOWNLOAD_KEPT_DAYS } from "../contract/download.ts";

/** Prefixes of the keys; a grant names one of them. */
export type ObjectPrefix = "snapshots" | "changes" | "feeds" | "letters" | "downloads";

/** A key is written once and never again, so versions would only keep what workers delete on purpose. */
export class ObjectBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, "Bucket", {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: false,
      removalPolicy: RemovalPolicy.RETAIN,
      // Objects are deleted by the worker that knows what is still pointed at, never by age; but a download is made for a while.
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
        { prefix: "downloads/", expiration: Duration.days(DOWNLOAD_KEPT_DAYS + 1) },
      ],
    });
    Validations.of(this.bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason: "Only our functions reach the bucket; server access logs would be a second bucket of keys that name calendars.",
    });
  }

  /** An acknowledgement names its finding by the logical id of what it is about. */
  logicalId(): string {
    const { defaultChild } = this.bucket.node;
    if (defaultChild === undefined || !CfnElement.isCfnElement(defaultChild))
      throw new Error("the bucket has no CloudFormation resource");
    return Stack.of(this).getLogicalId(defaultChild);
  }
}
