/** Objects of any size: what is large goes up in parts, which S3 joins; some engines take no request over 10 MB. */
import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand } from "@aws-sdk/client-s3";
import type { CompletedPart } from "@aws-sdk/client-s3";

import type { ObjectClient, ObjectKind } from "./object-client.ts";

/** S3 wants 5 MiB at least of each part but the last. */
const PART_BYTES = 8 * 1024 * 1024;

/** One that is broken off leaves nothing to be seen; the bucket forgets its parts after a day. */
export async function putLarge(client: ObjectClient, key: string, bytes: Uint8Array, kind: ObjectKind): Promise<void> {
  if (bytes.length <= PART_BYTES) return await client.put(key, bytes, kind);
  const place = { Bucket: client.bucket, Key: key };
  const { contentType, contentEncoding, contentDisposition } = kind;
  const { UploadId } = await client.s3.send(
    new CreateMultipartUploadCommand({
      ...place,
      ContentType: contentType,
      ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
      ...(contentDisposition === undefined ? {} : { ContentDisposition: contentDisposition }),
    }),
  );
  const parts: CompletedPart[] = [];
  for (let at = 0; at < bytes.length; at += PART_BYTES) {
    const part = { PartNumber: parts.length + 1, Body: bytes.subarray(at, at + PART_BYTES) };
    const { ETag } = await client.s3.send(new UploadPartCommand({ ...place, UploadId, ...part }));
    parts.push({ PartNumber: part.PartNumber, ETag });
  }
  await client.s3.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts: parts } }));
}
