/** The part of S3 that Calferry speaks, for one bucket. */
import { DeleteObjectsCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";

import { clientConfig, rethrowFrom, unavailable } from "./try-again.ts";
import type { ClientSettings } from "./try-again.ts";

export type StoredObject = { readonly key: string; readonly modifiedMs: number };
export type ObjectKind = {
  readonly contentType: string;
  readonly contentEncoding?: string;
  /** RFC 6266: how browsers name the file. */
  readonly contentDisposition?: string;
};

/** S3 deletes at most 1000 objects with one call, as many as it lists. */
const DELETE_BATCH = 1000;

export class ObjectClient {
  readonly s3: S3Client;
  readonly bucket: string;

  constructor(bucket: string, settings: ClientSettings = {}) {
    // Path style: engines on a loopback address have no name below which a bucket could be a host of its own; AWS takes both.
    this.s3 = new S3Client({ ...clientConfig(settings), forcePathStyle: true });
    this.s3.middlewareStack.add((next) => (args) => next(args).catch(rethrowFrom("S3")), { step: "initialize" });
    this.bucket = bucket;
  }

  async put(key: string, bytes: Uint8Array, kind: ObjectKind): Promise<void> {
    const { contentType, contentEncoding, contentDisposition } = kind;
    await this.s3.send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key: key,
        Body: bytes,
        ContentType: contentType,
        ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
        ...(contentDisposition === undefined ? {} : { ContentDisposition: contentDisposition }),
      }),
    );
  }

  /** A missing key means that the pointer to it has moved meanwhile: the task comes back and loads the pointer again. */
  async get(key: string): Promise<Uint8Array> {
    const answer = await this.s3
      .send(new GetObjectCommand({ Bucket: this.bucket, Key: key }))
      .catch(unavailableWhereMissing(key));
    if (answer.Body === undefined) throw unavailable(`S3 gave object ${key} without a body, wanted its bytes`);
    return await answer.Body.transformToByteArray();
  }

  /** @param after a key that all listed ones come after */
  async list(prefix: string, after?: string): Promise<StoredObject[]> {
    const objects: StoredObject[] = [];
    let token: string | undefined;
    do {
      const answer = await this.s3.send(
        new ListObjectsV2Command({
          Bucket: this.bucket,
          Prefix: prefix,
          ...(after === undefined ? {} : { StartAfter: after }),
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      for (const { Key: key, LastModified: modified } of answer.Contents ?? []) {
        if (key !== undefined && modified !== undefined) objects.push({ key, modifiedMs: modified.getTime() });
      }
      token = answer.NextContinuationToken;
    } while (token !== undefined);
    return objects;
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += DELETE_BATCH) {
      const objects = keys.slice(at, at + DELETE_BATCH).map((key) => ({ Key: key }));
      await this.s3.send(new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects: objects, Quiet: true } }));
    }
  }
}

function unavailableWhereMissing(key: string): (error: unknown) => GetObjectCommandOutput {
  return (error) => {
    const isMissing = error instanceof Error && (error.name === "NoSuchKey" || error.name === "NotFound");
    throw isMissing ? unavailable(`S3 has no object ${key}, wanted what its record points at`, error) : error;
  };
}
