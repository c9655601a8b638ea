import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, rmSync, statSync } from 'node:fs';
import { TonearmError } from '../../errors.ts';
import { writePrivately } from './private-file.ts';

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** Encrypts small secrets with AES-256-GCM. What belongs to whom is authenticated beside it. */
export class SecretBox {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** @param about whom the secret belongs to: it opens for the same name alone. */
  seal(secret: string, about: string): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(about));
    const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
  }

  /** @throws TonearmError TNA_SPOTIFY_KEY_WRONG */
  open(sealed: string, about: string): string {
    try {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, nonceBytes));
      decipher.setAAD(Buffer.from(about));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      return Buffer.concat([
        decipher.update(bytes.subarray(nonceBytes + tagBytes)),
        decipher.final(),
      ]).toString('utf8');
    } catch (error) {
      throw new TonearmError(
        'TNA_SPOTIFY_KEY_WRONG',
        `The tokens of ${about} do not open with this key.`,
        {
          cause: error,
          remedy:
            'Bring back the key (TONEARM_SPOTIFY_KEY or <data>/spotify/key), or sign in again.',
        },
      );
    }
  }
}

/**
 * The box with the key from the setting, else from the key file, which is made at first use.
 * @param setting base64 of 32 bytes.
 * @throws TonearmError TNA_SPOTIFY_KEY_WRONG, TNA_DISK_FULL, TNA_DATA_DIRECTORY_UNWRITABLE
 */
export function openSecretBox(setting: string | undefined, keyFile: string): SecretBox {
  if (setting !== undefined) return new SecretBox(checked(setting, 'TONEARM_SPOTIFY_KEY'));
  return new SecretBox(checked(readKeyFile(keyFile) ?? makeKeyFile(keyFile), keyFile));
}

function readKeyFile(path: string): string | undefined {
  try {
    // A key that others can read is no key: closed as soon as it is seen.
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Two processes may start at once: the first key stays. */
function makeKeyFile(path: string): string {
  const beside = `${path}.${process.pid}.made`;
  writePrivately(beside, `${randomBytes(keyBytes).toString('base64')}\n`);
  try {
    linkSync(beside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(beside, { force: true });
  }
  return readFileSync(path, 'utf8').trim();
}

function checked(text: string, where: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length === keyBytes) return key;
  throw new TonearmError(
    'TNA_SPOTIFY_KEY_WRONG',
    `${where} holds no key: it must be base64 of 32 bytes.`,
    {
      remedy: 'Make one with: openssl rand -base64 32',
    },
  );
}
