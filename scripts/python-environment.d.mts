/** Path of the environment's Python. */
export const dbtPython: string;
/** Path of DuckDB's extension httpfs in the environment, where it is. */
export function httpfsExtension(): string | undefined;
/** True when the environment is there and matches the lock file. */
export function hasPythonEnvironment(): boolean;
/** Makes the environment unless it is there. Returns one sentence with a remedy when it can't be made. */
export function makePythonEnvironment(say: (line: string) => void): string | undefined;
