import type { Config } from '../config.ts';
import { makeDirectory } from '../disk-errors.ts';
import { LocalStore } from './local-store.ts';
import type { Store } from './store.ts';

/**
 * The store that the settings name. The AWS SDK is loaded only where it is used: that takes time.
 * @throws TonearmError TNA_DATA_DIRECTORY_UNWRITABLE
 */
export async function openStore(lake: Config['lake']): Promise<Store> {
  if (lake.kind === 's3') {
    const { S3Store } = await import('./s3-store.ts');
    return new S3Store(lake);
  }
  makeDirectory(lake.directory);
  return new LocalStore(lake.directory);
}
