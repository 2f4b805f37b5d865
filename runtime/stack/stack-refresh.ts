import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Clock } from '../clock.ts';
import { endpointVariable } from '../core/index.ts';
import type { EventListener } from '../events.ts';
import { pulumi, type Pulumi, type PulumiOptions, type PulumiResult } from './pulumi.ts';
import { areOurs, NOT_OURS } from './stack-outputs.ts';

interface RefreshParts extends Pick<PulumiOptions, 'directory' | 'environment'> {
  /** The endpoints that the user's own settings name, by region: the program of the stack trusts no others either. */
  readonly endpoints?: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly run?: Pulumi;
  /** Creates a directory for this user only. */
  readonly scratch?: () => Promise<Scratch>;
}

interface Scratch {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

async function temporaryDirectory(): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), 'oci-streaming-ha-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The time limit of a refresh; another update rarely holds the stack for longer (ms). */
const LIMIT_MS = 120_000;
const BUSY_PAUSE_MS = 5_000;
/**
 * A preview does not wait for another update, whose half-done work looks like changes. So it is repeated after these
 * pauses (ms).
 */
const CHANGES_PAUSES_MS = [5_000, 15_000];
/** How long pulumi may take to end on SIGTERM (ms). */
const GOODBYE_MS = 5_000;

/**
 * Runs the program of the stack after a switch, so that its outputs agree with stream.properties. In the background,
 * best effort; without `--refresh`, which would need the region that is down. A stack with other pending changes is not
 * updated, because a person must decide on those.
 */
export class StackRefresh {
  readonly #parts: RefreshParts;
  /** Ends the pauses for a stack with other pending changes. */
  readonly #closing = new AbortController();
  /** Ends everything. */
  readonly #closed = new AbortController();
  #running: Promise<void> | undefined;
  #wanted = false;

  constructor(parts: RefreshParts) {
    this.#parts = parts;
  }

  /** Returns at once. Switches during a refresh share the next one. Does nothing after `close`. */
  start(): void {
    if (this.#closing.signal.aborted) return;
    this.#wanted = true;
    this.#running ??= this.#work();
  }

  /** Waits at most `patienceMs` for the refresh under way, then ends it. */
  async close(patienceMs: number): Promise<void> {
    const { clock } = this.#parts;
    this.#closing.abort(new Error('closing'));
    if (this.#running === undefined) return;
    const cancel = clock.after(patienceMs, () => this.#closed.abort(new Error('closed')));
    let cancelWait = (): void => {};
    const longEnough = new Promise<void>((resolve) => {
      cancelWait = clock.after(patienceMs + GOODBYE_MS, resolve);
    });
    await Promise.race([this.#running, longEnough]);
    cancel();
    cancelWait();
  }

  /** Ends in the turn in which no refresh is wanted any more: the next switch begins another one. */
  async #work(): Promise<void> {
    await Promise.resolve();
    try {
      while (this.#wanted && !this.#closed.signal.aborted) {
        this.#wanted = false;
        this.#tell(await this.#patiently());
      }
    } finally {
      this.#running = undefined;
    }
  }

  #tell(ran: PulumiResult): void {
    const { emit } = this.#parts;
    const warn = (why: string): void =>
      emit({
        type: 'warning',
        code: 'stack-not-refreshed',
        message: `The stack outputs are not refreshed: ${why}`,
      });
    switch (ran.type) {
      case 'done':
        return emit({ type: 'stack-refreshed' });
      case 'absent':
        return emit({ type: 'stack-skipped', what: 'refresh of the stack outputs', because: ran.because });
      case 'busy':
        return warn(
          'another update holds the stack. Run `pulumi up` when it has ended; `pulumi cancel` frees a stack whose update was killed.',
        );
      case 'changes':
        return warn(
          'the stack has other changes waiting, which are left for you. See them with `pulumi preview`, then run `pulumi up`.',
        );
      case 'failed':
        return warn(`${ran.because}. Run \`pulumi up\` when you can.`);
    }
  }

  async #patiently(): Promise<PulumiResult> {
    const { clock } = this.#parts;
    const until = clock.now() + LIMIT_MS;
    const pauses = CHANGES_PAUSES_MS.values();
    for (;;) {
      const ran = await this.#once(Math.max(until - clock.now(), 1));
      const [pauseMs, signal] =
        ran.type === 'busy'
          ? [BUSY_PAUSE_MS, this.#closed.signal]
          : [ran.type === 'changes' ? pauses.next().value : undefined, this.#closing.signal];
      if (pauseMs === undefined || clock.now() + pauseMs >= until) return ran;
      try {
        await clock.sleep(pauseMs, { signal });
      } catch {
        return ran;
      }
    }
  }

  async #once(timeoutMs: number): Promise<PulumiResult> {
    const { directory, endpoints = {}, run = pulumi } = this.#parts;
    const named = Object.entries(endpoints).map(([region, endpoint]) => [endpointVariable(region), endpoint]);
    const environment = { ...(this.#parts.environment ?? process.env), ...Object.fromEntries(named) };
    const options = { directory, environment, timeoutMs, graceMs: GOODBYE_MS, signal: this.#closed.signal };
    const outputs = await run(['stack', 'output', '--json'], options);
    if (outputs.type !== 'done') return outputs;
    if (!areOurs(outputs.stdout)) return { type: 'absent', because: NOT_OURS };
    try {
      return await this.#boundUpdate(run, options);
    } catch (error) {
      return { type: 'failed', because: error instanceof Error ? error.message : String(error) };
    }
  }

  /** The update may do what the preview showed, which is only outputs. It refuses whatever changed in between. */
  async #boundUpdate(run: Pulumi, options: PulumiOptions): Promise<PulumiResult> {
    const { scratch = temporaryDirectory } = this.#parts;
    const directory = await scratch();
    try {
      const plan = join(directory.path, 'plan.json');
      const preview = await run(
        ['preview', '--expect-no-changes', '--suppress-outputs', '--save-plan', plan],
        options,
      );
      if (preview.type !== 'done') return preview;
      const updated = await run(
        ['up', '--yes', '--skip-preview', '--suppress-outputs', '--plan', plan],
        options,
      );
      // Pulumi gives no reason when the outputs differ from those of the plan.
      return updated.type === 'failed' && updated.silent === true ? { type: 'changes' } : updated;
    } finally {
      await directory.remove();
    }
  }
}
