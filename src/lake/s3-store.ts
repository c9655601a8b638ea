import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { asDiskError } from '../disk-errors.ts';
import type { S3Access } from '../duckdb.ts';
import { nameOf, statusOf } from './s3-errors.ts';
import type { S3Location } from './s3-location.ts';
import { type Attempt, readBody, S3Requests, usesPathStyle } from './s3-requests.ts';
import {
  isOwnWrite,
  partBytes,
  type UploadTarget,
  uploadInParts,
  type WriteOutcome,
  writeIdName,
} from './s3-upload.ts';
import type { Store, StoredObject } from './store.ts';

/**
 * A bucket, or a prefix of one, as the lake's store. Put-if-absent is `If-None-Match: *`. Where the reply
 * to such a write was lost, its next try finds the key taken, perhaps by itself: every write carries an
 * id in the object's metadata, which tells.
 */
export class S3Store implements Store {
  readonly #location: S3Location;
  readonly #requests: S3Requests;

  constructor(location: S3Location) {
    this.#location = location;
    this.#requests = new S3Requests(location);
  }

  location(key: string): string {
    return `s3://${this.#location.bucket}/${this.#key(key)}`;
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    return await this.#create(this.#target(key), bytes);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const { Bucket, Key, shown } = this.#target(key);
    await this.#requests.run(
      `write ${shown}`,
      ({ client, signal }) =>
        client.send(new PutObjectCommand({ Bucket, Key, Body: bytes }), { abortSignal: signal }),
      bytes.length,
    );
  }

  async uploadIfAbsent(key: string, localPath: string): Promise<boolean> {
    const target = this.#target(key);
    const { size } = await stat(localPath);
    const written =
      size > partBytes
        ? await uploadInParts(this.#requests, target, localPath, size)
        : await this.#create(target, await readFile(localPath));
    if (written) await rm(localPath, { force: true });
    return written;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return await this.#read(key, async (body, { signal }) => await readBody(body, signal));
  }

  async localCopy(key: string, directory: string): Promise<string | undefined> {
    const path = join(directory, `${randomUUID()}.copy`);
    const copied = await this.#read(key, async (body, { signal }) => {
      try {
        await pipeline(body, createWriteStream(path), { signal });
        return path;
      } catch (error) {
        await rm(path, { force: true });
        throw asDiskError(error, path);
      }
    });
    return copied;
  }

  async *list(folder: string): AsyncIterable<StoredObject> {
    const { Bucket, Key, shown } = this.#target(folder.replace(/\/*$/, '/'));
    const skipped = this.#key('').length;
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#requests.run(`list ${shown}`, ({ client, signal }) =>
        client.send(new ListObjectsV2Command({ Bucket, Prefix: Key, ContinuationToken }), {
          abortSignal: signal,
        }),
      );
      for (const { Key: found, Size, LastModified } of page.Contents ?? []) {
        if (found === undefined || found.endsWith('/')) continue;
        const modifiedAt = LastModified?.getTime() ?? 0;
        yield { key: found.slice(skipped), bytes: Size ?? 0, modifiedAt };
      }
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
  }

  async delete(key: string): Promise<void> {
    const { Bucket, Key, shown } = this.#target(key);
    await this.#requests.run(`delete ${shown}`, async ({ client, signal }) => {
      try {
        await client.send(new DeleteObjectCommand({ Bucket, Key }), { abortSignal: signal });
      } catch (error) {
        if (nameOf(error) !== 'NoSuchKey') throw error;
      }
    });
  }

  async endAbandonedUploads(folder: string, before: number): Promise<number> {
    const { Bucket, Key: Prefix, shown } = this.#target(folder.replace(/\/*$/, '/'));
    let ended = 0;
    let KeyMarker: string | undefined;
    let UploadIdMarker: string | undefined;
    do {
      const page = await this.#requests.run(`list uploads below ${shown}`, ({ client, signal }) =>
        client.send(
          new ListMultipartUploadsCommand({ Bucket, Prefix, KeyMarker, UploadIdMarker }),
          { abortSignal: signal },
        ),
      );
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if ((Initiated?.getTime() ?? 0) > before) continue;
        await this.#requests.run(`end an upload of ${Key}`, async ({ client, signal }) => {
          const command = new AbortMultipartUploadCommand({ Bucket, Key, UploadId });
          await client.send(command, { abortSignal: signal }).catch((error) => {
            if (nameOf(error) !== 'NoSuchUpload') throw error;
          });
        });
        ended += 1;
      }
      KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined;
      UploadIdMarker = page.NextUploadIdMarker;
    } while (KeyMarker !== undefined);
    return ended;
  }

  async readerAccess(): Promise<S3Access> {
    const { bucket, endpoint } = this.#location;
    return await this.#requests.run(`open s3://${bucket}`, async ({ client }) => {
      const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
      return {
        scope: `s3://${bucket}`,
        region: await client.config.region(),
        keyId: accessKeyId,
        secret: secretAccessKey,
        sessionToken,
        pathStyle: usesPathStyle(this.#location),
        endpoint: endpoint?.replace(/^https?:\/\//, ''),
        encrypted: endpoint === undefined || endpoint.startsWith('https:'),
      };
    });
  }

  /** One request that writes an object unless its key exists. */
  async #create(target: UploadTarget, bytes: Uint8Array): Promise<boolean> {
    const { Bucket, Key, shown, writeId } = target;
    const outcome = await this.#requests.run(
      `write ${shown}`,
      async (attempt): Promise<WriteOutcome> => {
        try {
          await attempt.client.send(
            new PutObjectCommand({
              Bucket,
              Key,
              Body: bytes,
              IfNoneMatch: '*',
              Metadata: { [writeIdName]: writeId },
            }),
            { abortSignal: attempt.signal },
          );
          return 'written';
        } catch (error) {
          if (statusOf(error) !== 412) throw error;
          return attempt.number > 1 ? 'uncertain' : 'exists';
        }
      },
      bytes.length,
    );
    return outcome === 'uncertain'
      ? await isOwnWrite(this.#requests, target)
      : outcome === 'written';
  }

  /** Reads an object, if there is one. */
  async #read<T>(
    key: string,
    take: (body: Readable, attempt: Attempt) => Promise<T>,
  ): Promise<T | undefined> {
    const { Bucket, Key, shown } = this.#target(key);
    return await this.#requests.run(`read ${shown}`, async (attempt) => {
      const command = new GetObjectCommand({ Bucket, Key });
      try {
        const found = await attempt.client.send(command, { abortSignal: attempt.signal });
        attempt.allowFor(found.ContentLength ?? 0);
        return await take(found.Body as Readable, attempt);
      } catch (error) {
        if (nameOf(error) === 'NoSuchKey') return undefined;
        throw error;
      }
    });
  }

  #key(key: string): string {
    const { prefix } = this.#location;
    return prefix === '' ? key : `${prefix}/${key}`;
  }

  #target(key: string): UploadTarget {
    const { bucket: Bucket } = this.#location;
    const Key = this.#key(key);
    return { Bucket, Key, shown: `s3://${Bucket}/${Key}`, writeId: randomUUID() };
  }
}
