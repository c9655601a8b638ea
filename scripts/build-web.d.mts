/** True when the built app is there and newer than its sources. */
export function hasWebBuild(): boolean;
/** Builds the app unless that is done. Returns one sentence when it fails. */
export function buildWeb(say: (line: string) => void): string | undefined;
