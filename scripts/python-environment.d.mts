export type PythonEnvironment = 'dbt' | 'airflow' | 'schemathesis' | 'streamlit' | 'fakesnow';
/** Path of the Python of dbt's environment. */
export const dbtPython: string;
/** Path of the Python of Airflow's environment. */
export const airflowPython: string;
/** Path of the Python of Streamlit's environment. */
export const streamlitPython: string;
/** Path of the Python of the tests' stand-in for Snowflake. */
export const fakesnowPython: string;
/** Path of DuckDB's extension httpfs in the environment, where it is. */
export function httpfsExtension(): string | undefined;
/** True when the environment is there and matches the lock file; dbt's when no other is named. */
export function hasPythonEnvironment(name?: PythonEnvironment): boolean;
/** Makes the environment (dbt's when no other is named) unless it is there. Returns one sentence with a remedy when it can't be made. */
export function makePythonEnvironment(
  say: (line: string) => void,
  name?: PythonEnvironment,
): string | undefined;
export const schemathesis: string;
