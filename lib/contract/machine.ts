/** How the terminal finds a deployment: the stack's outputs, or the file that one machine writes while it runs. */
import * as z from "zod";

/** Outputs of the stack that the terminal and the tests go by; others are ignored. */
export const StackOutputs = z.object({
  TableName: z.string(),
  BucketName: z.string(),
  ImportQueueUrl: z.string(),
  UrgentQueueUrl: z.string(),
  ExportQueueUrl: z.string(),
  DownloadQueueUrl: z.string(),
  ImportDlqUrl: z.string(),
  UrgentDlqUrl: z.string(),
  ExportDlqUrl: z.string(),
  DownloadDlqUrl: z.string(),
  ChangesTopicArn: z.string(),
  ApiUrl: z.string(),
  /** Only what pauses, resumes and examines a stack needs these. */
  LostEventsDlqUrl: z.string().optional(),
  AlertsTopicArn: z.string().optional(),
  ScheduleGroup: z.string().optional(),
  TickScheduleName: z.string().optional(),
  /** What one-time schedules need. */
  FanOutArn: z.string().optional(),
  SchedulerRoleArn: z.string().optional(),
  LostEventsDlqArn: z.string().optional(),
  /** What an owner may have, as JSON. */
  Quotas: z.string().optional(),
  /** `set` or `none`: the webhook itself is a secret. */
  AlertWebhook: z.string().optional(),
});
export type StackOutputs = z.infer<typeof StackOutputs>;

/** `machine.json`, readable by its owner alone. */
export const MachineFile = z.object({
  /** Where the machine answers HTTP. */
  url: z.string(),
  /** What the AWS SDK needs to talk to the machine's engines. */
  env: z.record(z.string(), z.string()),
  outputs: StackOutputs,
  /** A secret. */
  adminKey: z.string(),
  /** Process that wrote the file. */
  pid: z.number().int().optional(),
});
export type MachineFile = z.infer<typeof MachineFile>;
