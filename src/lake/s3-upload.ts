import { open } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { nameOf, statusOf } from './s3-errors.ts';
import type { S3Requests } from './s3-requests.ts';

/** Length of a part; S3 takes at least 5 MiB and at most 10,000 parts. */
export const partBytes = 16 * 1024 * 1024;
const startsAnew = 3;

/** Metadata that tells our own write from another's: each call has an id of its own. */
export const writeIdName = 'tonearm-write';

/** Where an upload goes. */
export interface UploadTarget {
  readonly Bucket: string;
  readonly Key: string;
  /** The object as a person knows it. */
  readonly shown: string;
  readonly writeId: string;
}

/**
 * How a write under the condition ended. Uncertain: an earlier try had no answer, and the key is taken now,
 * by that try or by another writer.
 */
export type WriteOutcome = 'written' | 'exists' | 'conflict' | 'uncertain';

/** True when the object that is there now was written by this call: its reply was lost. */
export async function isOwnWrite(
  requests: S3Requests,
  { Bucket, Key, shown, writeId }: UploadTarget,
): Promise<boolean> {
  const found = await requests.run(`read ${shown}`, ({ client, signal }) =>
    client.send(new HeadObjectCommand({ Bucket, Key }), { abortSignal: signal }),
  );
  return found.Metadata?.[writeIdName] === writeId;
}

/**
 * Uploads a file in parts under a key that does not exist yet; false when it does. Parts of an
 * upload that fails are given back.
 */
export async function uploadInParts(
  requests: S3Requests,
  target: UploadTarget,
  localPath: string,
  bytes: number,
): Promise<boolean> {
  for (let time = 1; ; time += 1) {
    const outcome = await uploadOnce(requests, target, localPath, bytes);
    // S3 asks to begin again when another write of the same key was under way.
    if (outcome !== 'conflict') return outcome === 'written';
    if (time === startsAnew) throw new Error(`${target.shown} is being written by others`);
  }
}

async function uploadOnce(
  requests: S3Requests,
  target: UploadTarget,
  localPath: string,
  bytes: number,
): Promise<WriteOutcome> {
  const { Bucket, Key, shown, writeId } = target;
  const doing = `write ${shown}`;
  const begun = await requests.run(doing, ({ client, signal }) =>
    client.send(
      new CreateMultipartUploadCommand({
        Bucket,
        Key,
        Metadata: { [writeIdName]: writeId },
        ChecksumAlgorithm: 'CRC32',
      }),
      { abortSignal: signal },
    ),
  );
  const UploadId = begun.UploadId;
  let outcome: WriteOutcome | undefined;
  try {
    const Parts = await sendParts(requests, { ...target, UploadId }, localPath, bytes);
    outcome = await requests.run(doing, async (attempt): Promise<WriteOutcome> => {
      try {
        await attempt.client.send(
          new CompleteMultipartUploadCommand({
            Bucket,
            Key,
            UploadId,
            MultipartUpload: { Parts },
            IfNoneMatch: '*',
          }),
          { abortSignal: attempt.signal },
        );
        return 'written';
      } catch (error) {
        const isGone = nameOf(error) === 'NoSuchUpload';
        if (attempt.number > 1 && (isGone || statusOf(error) === 412)) return 'uncertain';
        if (statusOf(error) === 412) return 'exists';
        if (statusOf(error) === 409) return 'conflict';
        throw error;
      }
    });
    if (outcome === 'uncertain') {
      outcome = (await isOwnWrite(requests, target)) ? 'written' : 'exists';
    }
    return outcome;
  } finally {
    if (outcome !== 'written') {
      const abort = new AbortMultipartUploadCommand({ Bucket, Key, UploadId });
      await requests.client
        .send(abort, { abortSignal: AbortSignal.timeout(5000) })
        .catch(() => undefined);
    }
  }
}

/** Sends the parts one after another: files are uploaded side by side, so memory stays small. */
async function sendParts(
  requests: S3Requests,
  { Bucket, Key, UploadId, shown }: UploadTarget & { UploadId: string | undefined },
  localPath: string,
  bytes: number,
): Promise<CompletedPart[]> {
  const file = await open(localPath, 'r');
  try {
    const parts: CompletedPart[] = [];
    for (let start = 0; start < bytes; start += partBytes) {
      const length = Math.min(partBytes, bytes - start);
      const Body = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(Body, 0, length, start);
      if (bytesRead !== length) throw new Error(`${localPath} became shorter while it was read`);
      const PartNumber = parts.length + 1;
      const sent = await requests.run(
        `write ${shown}`,
        ({ client, signal }) =>
          client.send(
            new UploadPartCommand({
              Bucket,
              Key,
              UploadId,
              PartNumber,
              Body,
              ChecksumAlgorithm: 'CRC32',
            }),
            { abortSignal: signal },
          ),
        length,
      );
      parts.push({ PartNumber, ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32 });
    }
    return parts;
  } finally {
    await file.close();
  }
}
