import type { Clock } from '../clock.ts';
import type { EventListener } from '../events.ts';
import { pulumi, type Pulumi, type Ran } from './pulumi.ts';

interface RefreshParts {
  readonly directory: string;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly run?: Pulumi;
}

/** One refresh is given up after this; another update holds the stack no longer than that, as a rule (ms). */
const LIMIT_MS = 120_000;
const BUSY_PAUSE_MS = 5_000;

/**
 * Lets the stack learn of a switch: runs the program once more, so that its outputs say what stream.properties says. In
 * the background, best effort; without `--refresh`, which would need the region that is down. A stack with other changes
 * waiting is left alone: they are a person's to apply.
 */
export class StackRefresh {
  readonly #parts: RefreshParts;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #wanted = false;

  constructor(parts: RefreshParts) {
    this.#parts = parts;
  }

  /** Returns at once. Switches that come while one refresh runs share the next. */
  start(): void {
    this.#wanted = true;
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
    });
  }

  /** Waits at most `patienceMs` for a refresh under way, then ends it. */
  async close(patienceMs: number): Promise<void> {
    if (this.#running === undefined) return;
    const cancel = this.#parts.clock.after(patienceMs, () => this.#closing.abort(new Error('closing')));
    await this.#running;
    cancel();
  }

  async #work(): Promise<void> {
    const { emit } = this.#parts;
    while (this.#wanted && !this.#closing.signal.aborted) {
      this.#wanted = false;
      const ran = await this.#patiently();
      if (ran.end === 'done') emit({ type: 'stack-refreshed' });
      else if (ran.end === 'absent')
        emit({ type: 'stack-skipped', what: 'refresh of the stack outputs', because: ran.because });
      else {
        const because = ran.end === 'busy' ? 'another update holds the stack' : ran.because;
        emit({
          type: 'warning',
          about: 'stack outputs',
          message: `not refreshed: ${because}. Run \`pulumi up\` when you can.`,
        });
      }
    }
  }

  async #patiently(): Promise<Ran> {
    const { clock } = this.#parts;
    const signal = this.#closing.signal;
    const until = clock.now() + LIMIT_MS;
    for (;;) {
      const ran = await this.#once(Math.max(until - clock.now(), 1));
      if (ran.end !== 'busy' || clock.now() + BUSY_PAUSE_MS >= until || signal.aborted) return ran;
      await clock.sleep(BUSY_PAUSE_MS, { signal }).catch(() => {});
    }
  }

  async #once(timeoutMs: number): Promise<Ran> {
    const { directory, run = pulumi } = this.#parts;
    const options = { directory, timeoutMs, signal: this.#closing.signal };
    const preview = await run(['preview', '--expect-no-changes', '--suppress-outputs'], options);
    if (preview.end !== 'done') return preview;
    return run(['up', '--yes', '--skip-preview', '--suppress-outputs'], options);
  }
}
