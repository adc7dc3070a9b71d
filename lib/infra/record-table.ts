/** The one DynamoDB table with its three indexes. */
import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table } from "aws-cdk-lib/aws-dynamodb";
import type { Attribute } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";

export interface RecordTableProps {
  /** Whether the table refuses to be deleted, by hand too. */
  readonly deletionProtection: boolean;
}

/** Always encrypted: without a word in the template DynamoDB uses a key of its own, which costs nothing a request. */
export class RecordTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: RecordTableProps) {
    super(scope, id);
    this.table = new Table(this, "Table", {
      partitionKey: text("pk"),
      sortKey: text("sk"),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Epoch seconds; deletion may take days, so readers check it too.
      timeToLiveAttribute: "expiresAt",
      deletionProtection: props.deletionProtection,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: "byOwner",
      partitionKey: text("ownerId"),
      sortKey: text("ownedKey"),
      projectionType: ProjectionType.ALL,
    });
    // Sparse: only polled calendars have the key. Fan-out reads nothing else, so nothing else is projected.
    this.table.addGlobalSecondaryIndex({
      indexName: "wheel",
      partitionKey: text("wheel"),
      sortKey: text("calendarId"),
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: ["host", "notBefore"],
    });
    // `<state>#<fingerprint>`, then time.
    this.table.addGlobalSecondaryIndex({
      indexName: "letters",
      partitionKey: text("letterShelf"),
      sortKey: text("lastAt"),
      projectionType: ProjectionType.ALL,
    });
  }
}

function text(name: string): Attribute {
  return { name, type: AttributeType.STRING };
}
