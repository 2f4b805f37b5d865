import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { type LoggedEvent, parseEvent, jsonOf, ReceiptLine, ReceivedLine } from '../journal/entries.ts';
import { Journal } from '../journal/journal.ts';
import { type Outage, scenarioOf } from '../outages.ts';
import { ControlClient } from '../programs/control-client.ts';
import { startEmulator } from '../programs/emulator-process.ts';
import { type Environment, emulatorVariables, withoutSettings } from '../programs/environment.ts';
import { createPrimaryStream } from '../programs/primary-stream.ts';
import { type Invocation, Program } from '../programs/program.ts';
import { KEY_DELIMITER, Payments } from './payments.ts';

/** A temporary directory with an emulator, a producer and a consumer. `close` ends the programs and deletes the directory. */
export class Sandbox {
  readonly directory: string;
  readonly journal = new Journal();
  readonly #programs: Program[] = [];
  readonly #onEvent: (event: LoggedEvent) => void;
  readonly #failed = new AbortController();
  #environment: Environment;

  constructor(caller: Environment, onEvent: (event: LoggedEvent) => void) {
    this.directory = mkdtempSync(join(tmpdir(), 'oci-streaming-ha-demo-'));
    this.#environment = withoutSettings(caller);
    this.#onEvent = onEvent;
    process.once('exit', () => this.#removeDirectory());
  }

  /** Aborts when a program ends that was not told to end. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** Starts two regions, with the primary stream in one of them. The outage waits for its cues. */
  async regions(outage: Outage, signal: AbortSignal): Promise<ControlClient> {
    const { emulator, ready } = startEmulator(this.directory, scenarioOf(outage), this.#environment);
    this.#watch(emulator);
    const world = await ready;
    this.#environment = { ...this.#environment, ...emulatorVariables(world) };
    await createPrimaryStream(world, signal);
    return new ControlClient(world.control);
  }

  /** A producer that publishes the lines of its standard input. */
  producer(): Program {
    const before = this.journal.sent.length;
    return this.#start({
      name: 'producer',
      command: COMMANDS.producer,
      onOutput: (line) => {
        const receipt = v.parse(ReceiptLine, jsonOf(line));
        if ('type' in receipt) this.journal.addDiskReceipt(before + receipt.line - 1, Date.now());
        else this.journal.addReceipt({ ...receipt, at: Date.now() });
      },
      onLog: (line) => this.#logEvent(line, 'producer'),
    });
  }

  consumer(): Program {
    return this.#start({
      name: 'consumer',
      command: COMMANDS.consumer,
      onOutput: (line) =>
        this.journal.addReceived({ ...v.parse(ReceivedLine, jsonOf(line)), at: Date.now() }),
      onLog: (line) => this.#logEvent(line, 'consumer'),
    });
  }

  /** `give` takes the lines of payments. */
  payments(give: (line: string) => void, perSecond: number): Payments {
    return new Payments(give, this.journal, perSecond);
  }

  /** The current lines of stream.properties. */
  async recordLines(): Promise<string[]> {
    return (await readFile(join(this.directory, RECORD_FILE), 'utf8')).trimEnd().split('\n');
  }

  /** The lines that `env` prints now. */
  async environmentLines(): Promise<string[]> {
    const lines: string[] = [];
    const env = this.#start({
      name: 'env',
      command: COMMANDS.env,
      onOutput: (line) => lines.push(line),
    });
    const { exitCode, lastErrorLine } = await env.endInput();
    if (exitCode !== 0) throw new Error(`env ended with exit code ${exitCode}: ${lastErrorLine}`);
    return lines;
  }

  /** Ends every program, and removes the directory. */
  async close(): Promise<void> {
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
      ({ exitCode, lastErrorLine }) => {
        if (program.stopRequested) return;
        this.#failed.abort(
          new Error(`the ${program.name} ended by itself, exit code ${exitCode}: ${lastErrorLine}`),
        );
      },
      (error: unknown) => this.#failed.abort(error),
    );
    return program;
  }

  #logEvent(line: string, who: LoggedEvent['who']): void {
    const event = parseEvent(line, who);
    if (event === undefined) return;
    this.journal.addEvent(event);
    this.#onEvent(event);
  }

  #removeDirectory(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The file in which the programs record the active region. */
const RECORD_FILE = 'stream.properties';
/** How long the primary must be healthy before failback (s). The runtime's default, a minute, is too long for a demo. */
export const FAILBACK_AFTER_S = 3;

const COMMON = `--record-file ${RECORD_FILE} --output json --log json`;

/** The command lines, as a user would type them. Every other setting has its default. */
const COMMANDS = Object.freeze({
  // `process`: the demo must not change the user's persistent environment.
  producer: `runtime/main.ts producer - --key-delimiter ${KEY_DELIMITER} ${COMMON} --export-environment process --failback-after ${FAILBACK_AFTER_S}s --probe-interval 1s`,
  consumer: `runtime/main.ts consumer ${COMMON} --idle-poll 200ms --standby-poll 1s`,
  env: `runtime/main.ts env --record-file ${RECORD_FILE}`,
});
