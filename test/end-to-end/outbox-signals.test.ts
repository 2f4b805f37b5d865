import { expect, test } from 'vitest';

import { commandLine, startCommand, type RunningCommand } from '../support/command-line.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

const REGIONS = [SAO_PAULO, VINHEDO];
const PRODUCER = ['producer', '-', '-K:', '--output', 'json', '--log', 'plain'];
const LINES = 10_000;

async function setRegions(world: EmulatedWorld, state: 'down' | 'up'): Promise<void> {
  for (const region of REGIONS) {
    if (state === 'down') await world.emulator.setFaults(region, { status: 503 });
    else await world.emulator.clearFaults(region);
  }
}

const storedIn = (world: EmulatedWorld): string[] => REGIONS.flatMap((region) => world.texts(region));

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `k${(from + index) % 5}:${from + index}\n`).join('');

/** The values that a producer, which was fed values from `first` on, has acknowledged. */
function acknowledgedBy(run: RunningCommand, first: number): string[] {
  const whole = run.stdout().split('\n').slice(0, -1);
  return whole.map((line) => String(first + (JSON.parse(line) as { line: number }).line - 1));
}

interface Phase {
  readonly name: string;
  readonly regions: 'down' | 'up';
  /** Resolves when the producer is in it. */
  readonly reached: (run: RunningCommand) => Promise<void> | undefined;
  /** Node ends by the signal itself before the program handles it. */
  readonly codes: readonly (number | null)[];
}

const PHASES: readonly Phase[] = [
  { name: 'starts', regions: 'down', reached: () => undefined, codes: [null, 143] },
  { name: 'opens its outbox', regions: 'down', reached: (run) => run.stderrHas('Attempt 1'), codes: [143] },
  { name: 'spools', regions: 'down', reached: (run) => run.stdoutHas('"line":2000,'), codes: [143] },
  {
    name: 'closes in an outage',
    regions: 'down',
    async reached(run) {
      await run.stdoutHas('"line":2000,');
      run.endInput();
    },
    codes: [13, 143],
  },
  {
    name: 'drains',
    regions: 'up',
    reached: (run) => run.stderrHas('Sending what is in the outbox'),
    codes: [143],
  },
  {
    name: 'closes while it drains',
    regions: 'up',
    async reached(run) {
      await run.stdoutHas('"line":1,');
      run.endInput();
    },
    codes: [0, 10, 13, 143],
  },
];

test(
  'I1, F4, INV-1: SIGTERM in any phase of a producer ends it in words, and nothing acknowledged is missing afterwards',
  { timeout: 180_000 },
  async () => {
    await using world = await EmulatedWorld.start();
    await commandLine(world, ['producer', '--count', '1']);
    const acknowledged = new Set<string>();
    let first = 0;
    for (const { name, regions, reached, codes } of PHASES) {
      await setRegions(world, regions);
      const run = startCommand(world, PRODUCER, { input: null });
      void run.feed(lines(first, first + LINES)).catch(() => {});
      await reached(run);
      run.kill('SIGTERM');
      const { code, stderr } = await run.ended;
      expect(codes, `${name}: ${stderr}`).toContain(code);
      for (const value of acknowledgedBy(run, first)) acknowledged.add(value);
      first += LINES;
    }
    await setRegions(world, 'up');
    expect((await commandLine(world, ['outbox', 'verify'])).code).toBe(0);
    expect((await commandLine(world, ['outbox', 'send'])).code).toBe(0);
    const found = new Set(storedIn(world));
    expect(acknowledged.size).toBeGreaterThan(4_000);
    expect([...acknowledged].filter((value) => !found.has(value))).toEqual([]);
  },
);

/** The wall clock of a process, a day behind. */
const A_DAY_BEHIND = `
  const now = Date.now.bind(Date);
  const behind = () => now() - 86_400_000;
  globalThis.Date = class extends Date {
    constructor(...args) { super(...(args.length === 0 ? [behind()] : args)); }
    static now() { return behind(); }
  };`;

test(
  'F5: a clock that is set back between two processes changes neither the order of a key nor what is kept',
  { timeout: 120_000 },
  async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '--count', '1', '--key', 'first']);
    await setRegions(world, 'down');
    const env = { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(A_DAY_BEHIND)}"` };
    const always = [...PRODUCER, '--outbox', 'always', '--acknowledge', 'disk', '--close-timeout', '0s'];
    const before = await commandLine(world, always, { input: lines(0, 1_000) });
    expect(before.code).toBe(13);
    const behind = await commandLine(world, always, { input: lines(1_000, 2_000), env });
    expect(behind.code).toBe(13);
    const status = await commandLine(world, ['outbox', 'status', '--output', 'json'], { env });
    expect(JSON.parse(status.stdout)).toMatchObject({ messages: 2_000 });
    await setRegions(world, 'up');
    const sent = await commandLine(world, ['outbox', 'send', '--log', 'plain'], { env });
    expect(sent.stderr).toContain('2000 messages were sent, 0 wait');
    for (let key = 0; key < 5; key++) {
      const values = REGIONS.flatMap((region) => world.stored(region))
        .filter(({ keyText }) => keyText === `k${key}`)
        .map(({ text }) => Number(text));
      expect(values).toHaveLength(400);
      expect(values).toEqual(values.toSorted((a, b) => a - b));
    }
  },
);
