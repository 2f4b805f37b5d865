import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Happening, happeningIn, jsonOf, ReceiptLine, ReceivedLine } from '../journal/entries.ts';
import { Journal } from '../journal/journal.ts';
import { type Outage, scenarioOf } from '../outages.ts';
import { Control } from '../programs/control-client.ts';
import { startEmulator } from '../programs/emulator-process.ts';
import { type Environment, towards, withoutSettings } from '../programs/environment.ts';
import { createPrimaryStream } from '../programs/primary-stream.ts';
import { type Invocation, Program } from '../programs/program.ts';
import { KEY_DELIMITER, Payments } from './payments.ts';

/** A directory of its own, an emulator, a producer and a consumer. Everything on it goes when it is struck. */
export class Stage {
  readonly directory: string;
  readonly journal = new Journal();
  readonly #programs: Program[] = [];
  readonly #onHappening: (happening: Happening) => void;
  readonly #failed = new AbortController();
  #environment: Environment;

  constructor(caller: Environment, onHappening: (happening: Happening) => void) {
    this.directory = mkdtempSync(join(tmpdir(), 'oci-streaming-ha-demo-'));
    this.#environment = withoutSettings(caller);
    this.#onHappening = onHappening;
    process.once('exit', () => this.#removeDirectory());
  }

  /** Aborts when a program ends that nobody told to end. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** Two regions, the primary stream in one of them, and an outage that waits for its cues. */
  async regions(outage: Outage, signal: AbortSignal): Promise<Control> {
    const { emulator, ready } = startEmulator(this.directory, scenarioOf(outage), this.#environment);
    this.#watch(emulator);
    const world = await ready;
    this.#environment = { ...this.#environment, ...towards(world) };
    await createPrimaryStream(world, signal);
    return new Control(world.control);
  }

  /** A producer that publishes the lines it is given. */
  producer(): Program {
    return this.#start({
      name: 'producer',
      command: COMMANDS.producer,
      onOutput: (line) => this.journal.gets({ ...v.parse(ReceiptLine, jsonOf(line)), at: Date.now() }),
      onLog: (line) => this.#hear(line, 'producer'),
    });
  }

  consumer(): Program {
    return this.#start({
      name: 'consumer',
      command: COMMANDS.consumer,
      onOutput: (line) => this.journal.reads({ ...v.parse(ReceivedLine, jsonOf(line)), at: Date.now() }),
      onLog: (line) => this.#hear(line, 'consumer'),
    });
  }

  payments(producer: Program, perSecond: number): Payments {
    return new Payments((line) => producer.give(line), this.journal, perSecond);
  }

  /** What stream.properties says here and now. */
  async recordLines(): Promise<string[]> {
    return (await readFile(join(this.directory, RECORD_FILE), 'utf8')).trimEnd().split('\n');
  }

  /** What `env` prints here and now. */
  async environmentLines(): Promise<string[]> {
    const lines: string[] = [];
    const env = this.#start({
      name: 'env',
      command: COMMANDS.env,
      onOutput: (line) => lines.push(line),
    });
    const { exitCode, lastWords } = await env.finish();
    if (exitCode !== 0) throw new Error(`env ended with exit code ${exitCode}: ${lastWords}`);
    return lines;
  }

  /** Ends every program, and removes the directory. */
  async strike(): Promise<void> {
    await Promise.allSettled(this.#programs.map((program) => program.stop()));
    this.#removeDirectory();
  }

  #start(invocation: Omit<Invocation, 'directory' | 'environment'>): Program {
    const { directory } = this;
    return this.#watch(new Program({ ...invocation, directory, environment: this.#environment }));
  }

  #watch(program: Program): Program {
    this.#programs.push(program);
    void program.ended.then(
      ({ exitCode, lastWords }) => {
        if (program.dismissed) return;
        this.#failed.abort(
          new Error(`the ${program.name} ended by itself, exit code ${exitCode}: ${lastWords}`),
        );
      },
      (error: unknown) => this.#failed.abort(error),
    );
    return program;
  }

  #hear(line: string, who: Happening['who']): void {
    const happening = happeningIn(line, who);
    if (happening === undefined) return;
    this.journal.hears(happening);
    this.#onHappening(happening);
  }

  #removeDirectory(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Where the programs write and read which region is active, in the demo's own directory. */
const RECORD_FILE = 'stream.properties';
/** How long the primary has to be well before it is trusted again, in seconds. The default is a minute: too long for a story. */
export const FAILBACK_AFTER_S = 3;

const COMMON = `--record-file ${RECORD_FILE} --output json --log json`;

/** What a user would type; all that is not said here is as it is by default. */
const COMMANDS = Object.freeze({
  // `process`: the user's own environment is none of a demo's business.
  producer: `runtime/main.ts producer - --key-delimiter ${KEY_DELIMITER} ${COMMON} --export-environment process --failback-after ${FAILBACK_AFTER_S}s --probe-interval 1s`,
  consumer: `runtime/main.ts consumer ${COMMON} --idle-poll 200ms --standby-poll 1s`,
  env: `runtime/main.ts env --record-file ${RECORD_FILE}`,
});
