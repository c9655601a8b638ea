import { setTimeout as delay } from 'node:timers/promises';
import { signIn } from '../../src/services/airflow.ts';
import type { AirflowService } from '../../src/services/index.ts';

export interface TaskInstance {
  readonly task_id: string;
  readonly state: string | null;
  readonly try_number: number;
  readonly map_index: number;
}

export interface DagRun {
  readonly dag_run_id: string;
  readonly state: string;
  readonly run_type: string;
  readonly data_interval_start: string | null;
  readonly data_interval_end: string | null;
}

const ended = (state: string) => state === 'success' || state === 'failed';
const pollMs = 500;

/** Airflow's REST API, as a person's script would use it. */
export class AirflowApi {
  readonly #base: string;
  readonly #token: string;

  private constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  static async open({ port, password, url }: AirflowService): Promise<AirflowApi> {
    return new AirflowApi(`${url}/api/v2`, await signIn(port, password));
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of a foreign API, each test reads a part
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Waits until Airflow has read the DAGs, then switches one on. */
  async switchOn(dag: string): Promise<void> {
    await until(`${dag} to be read`, async () => {
      const { dags } = await this.call('GET', '/dags');
      return dags.some(({ dag_id }: { dag_id: string }) => dag_id === dag) || undefined;
    });
    await this.call('PATCH', `/dags/${dag}`, { is_paused: false });
  }

  /** Starts a run by hand. @returns its id. */
  async trigger(dag: string, conf: Record<string, unknown> = {}): Promise<string> {
    const run = await this.call('POST', `/dags/${dag}/dagRuns`, { logical_date: null, conf });
    return run.dag_run_id;
  }

  async runs(dag: string): Promise<DagRun[]> {
    return (await this.call('GET', `/dags/${dag}/dagRuns?limit=100`)).dag_runs;
  }

  async tasks(dag: string, run: string): Promise<TaskInstance[]> {
    return (await this.call('GET', `/dags/${dag}/dagRuns/${encodeURIComponent(run)}/taskInstances`))
      .task_instances;
  }

  /** @returns `success` or `failed`, once the run has ended. */
  async end(dag: string, run: string, limitMs?: number): Promise<string> {
    const look = async () => {
      const { state } = await this.call('GET', `/dags/${dag}/dagRuns/${encodeURIComponent(run)}`);
      return ended(state) ? (state as string) : undefined;
    };
    return await until(`${dag} ${run} to end`, look, limitMs);
  }

  /** Waits until a task is in a state. */
  async reaches(dag: string, run: string, task: string, state: string): Promise<void> {
    await until(`${task} to be ${state}`, async () => {
      const tasks = await this.tasks(dag, run);
      return tasks.some((one) => one.task_id === task && one.state === state) || undefined;
    });
  }

  async log(dag: string, run: string, task: string, attempt: number): Promise<string> {
    const { content } = await this.call(
      'GET',
      `/dags/${dag}/dagRuns/${encodeURIComponent(run)}/taskInstances/${task}/logs/${attempt}?full_content=true`,
    );
    return content.map((line: { event?: string }) => line.event ?? String(line)).join('\n');
  }

  async xcom(dag: string, run: string, task: string): Promise<Record<string, unknown>> {
    const { value } = await this.call(
      'GET',
      `/dags/${dag}/dagRuns/${encodeURIComponent(run)}/taskInstances/${task}/xcomEntries/return_value?deserialize=true`,
    );
    return typeof value === 'string' ? JSON.parse(value) : value;
  }
}

/** Looks again until there is an answer. The time limit of the test ends it. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  limitMs = 3 * 60_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await delay(pollMs);
  }
}
