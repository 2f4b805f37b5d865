import { describe, expect, test } from 'vitest';

import { startShell } from '../support/command-line.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

/** Prints the most memory that the process ever held, as Node starts it for a user: coverage takes memory of its own. */
const env = {
  NODE_OPTIONS: `--import "data:text/javascript,process.on('exit',()=>console.error('peak '+process.resourceUsage().maxRSS))"`,
};

function peakMiB(stderr: string): number {
  return Number(/^peak (\d+)$/m.exec(stderr)?.[1]) / 1024;
}

describe('the memory of a producer that reads a pipe, with the defaults', () => {
  test('I11: 400,000 lines of two bytes', { timeout: 120_000 }, async () => {
    await using world = await EmulatedWorld.start();
    const run = startShell(world, 'yes x | head -400000 | $RUN producer - --log plain', { env });
    const { code, stderr } = await run.ended;
    expect(stderr).toContain('sent 400000, stored 400000');
    expect(code).toBe(0);
    expect(peakMiB(stderr)).toBeLessThan(250);
  });

  test('I11: a line of 300 MB', { timeout: 120_000 }, async () => {
    await using world = await EmulatedWorld.start();
    const lines = `echo first; head -c 300000000 /dev/zero | tr '\\0' x; echo; echo last`;
    const run = startShell(world, `(${lines}) | $RUN producer - --log plain`, { env });
    const { code, stderr } = await run.ended;
    expect(stderr).toContain('line 2 of standard input: not stored: it is longer than 1048576 bytes');
    expect(new Set(world.texts(SAO_PAULO))).toEqual(new Set(['first', 'last']));
    expect(code).toBe(1);
    expect(peakMiB(stderr)).toBeLessThan(250);
  });

  test.for([
    ['two bytes, which go to the outbox', 'yes x', ''],
    ['64 KiB, without an outbox', `yes "$(head -c 65535 /dev/zero | tr '\\0' x)"`, '--outbox off'],
  ] as const)('I11, C13: both regions down, lines of %s', { timeout: 120_000 }, async ([, lines, flags]) => {
    await using world = await EmulatedWorld.start();
    for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.setFaults(region, { status: 503 });
    const endless = `${lines} 2> /dev/null`;
    const run = startShell(
      world,
      `mkfifo input; { ${endless} | head -110; echo fed >&2; ${endless}; } > input & $RUN producer - ${flags} --log plain --close-timeout 0s < input & pid=$!
       trap 'kill -TERM $pid' USR1; wait $pid; wait $pid; exit $?`,
      { env },
    );
    await Promise.all([run.stderrHas('No region takes messages yet.'), run.stderrHas('fed')]);
    run.kill('SIGUSR1');
    const { code, stderr } = await run.ended;
    expect(code).toBe(143);
    expect(stderr).toMatch(/^sent \d{3,}, stored 0, /m);
    expect(peakMiB(stderr)).toBeLessThan(250);
  });

  test.for([
    ['8 KB', 7_999, 30_000],
    ['64 KiB', 65_535, 4_000],
  ])(
    'I11, C13: lines of %s go to the outbox, as fast as it takes them',
    { timeout: 120_000 },
    async ([, bytes, count]) => {
      await using world = await EmulatedWorld.start();
      for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.setFaults(region, { status: 503 });
      const lines = `yes "$(head -c ${bytes} /dev/zero | tr '\\0' x)" | head -${count}`;
      const run = startShell(world, `${lines} | $RUN producer - --log plain --close-timeout 0s`, { env });
      const { code, stderr } = await run.ended;
      expect(stderr).toContain(`written to the outbox ${count}, sent from it 0`);
      expect(code).toBe(13);
      expect(peakMiB(stderr)).toBeLessThan(250);
    },
  );
});
