import type { devices } from '../../../contracts/index.ts';

/** Parts of platform strings, in the order in which they decide. */
const platforms: readonly [RegExp, (typeof devices)[number]][] = [
  [/playstation|\bps[345]\b|xbox|nintendo/i, 'console'],
  [/\btv\b|tizen|webos|roku|fire ?tv|apple ?tv|android_tv|bravia/i, 'tv'],
  [/\bcar\b|automotive|carplay|android auto|tesla/i, 'car'],
  [/cast|sonos|speaker|alexa|echo|homepod|libspotify|librespot|bose|denon|onkyo/i, 'speaker'],
  [/android|ios|iphone|ipad|windows phone/i, 'mobile'],
  [/web ?player|websocket|browser|chrome|firefox/i, 'web'],
  [/windows|os ?x|mac|linux|desktop/i, 'desktop'],
];

/** A listener has few devices: each platform string is looked at once. */
const known = new Map<string, (typeof devices)[number]>();
const knownAtMost = 1000;

/** Kind of device from a platform string such as `Android OS 11 API 30 (samsung)` or `web_player windows 10`. */
export function deviceOf(platform: string | undefined): (typeof devices)[number] {
  if (platform === undefined) return 'unknown';
  const before = known.get(platform);
  if (before !== undefined) return before;
  const spaced = platform.replaceAll('_', ' ');
  const device = platforms.find(([pattern]) => pattern.test(spaced))?.[1] ?? 'unknown';
  if (known.size < knownAtMost) known.set(platform, device);
  return device;
}
