import { describe, expect, test } from 'vitest';

import { commandLine, shell, startCommand, startShell } from '../support/command-line.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

describe.concurrent('the bytes that a consumer prints', () => {
  test('I12: keys and values are printed as they are; JSON has base64 beside what is no text', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    const input = Buffer.from('k\xe9:v\xff\n', 'latin1');
    await commandLine(world, ['producer', '-', '-K:'], { input });
    const text = await shell(world, '$RUN consumer --count 1 --no-commit --quiet | od -An -tx1');
    expect(text.stdout.trim()).toBe('76 ff 0a');
    const format = await shell(
      world,
      `$RUN consumer --count 1 --no-commit --quiet --format '%k=%v' | od -An -tx1`,
    );
    expect(format.stdout.trim()).toBe('6b e9 3d 76 ff');
    const json = await commandLine(world, ['consumer', '--count', '1', '--no-commit', '--output', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ keyBase64: 'a+k=', valueBase64: 'dv8=' });
  });

  test(
    'H21: reading in passing commits nothing, and begins where it is told to',
    { timeout: 180_000 },
    async () => {
      await using world = await EmulatedWorld.start({ partitions: 1 });
      const lines = Array.from({ length: 20 }, (_, n) => `k${n % 2}:${n}`);
      await commandLine(world, ['producer', '-', '-K:', '--lanes', '1'], { input: `${lines.join('\n')}\n` });
      const read = async (...flags: string[]): Promise<string> =>
        (await commandLine(world, ['consumer', '--until-idle', '700ms', ...flags])).stdout
          .trim()
          .replaceAll('\n', ' ');
      const all = lines.map((line) => line.split(':')[1]);
      expect(await read('--no-commit')).toBe(all.join(' '));
      expect(await read('--no-commit')).toBe(all.join(' '));
      expect(await read('--offset', '-3')).toBe('17 18 19');
      expect(await read('--partition', '0', '--offset', '15')).toBe('15 16 17 18 19');
      expect(await read('--no-commit', '--key', 'k1', '--offset', '-4')).toBe('17 19');
      expect(await read('--no-commit', '--from', '-1h')).toBe(all.join(' '));
      expect(await read('--offset', 'latest')).toBe('');
      expect(world.emulator.state().regions[SAO_PAULO]?.calls['CreateGroupCursor'] ?? 0).toBe(0);
    },
  );

  test('I4: what `head -1` did not get is not committed', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '-', '--lanes', '1'], { input: 'a\nb\nc\n' });
    const first = await shell(world, '$RUN consumer --group g --quiet | head -1; exit ${PIPESTATUS[0]}');
    expect(first).toMatchObject({ stdout: 'a\n', code: 0 });
    const rest = await commandLine(world, ['consumer', '--group', 'g', '--count', '2']);
    expect(rest).toMatchObject({ stdout: 'b\nc\n', code: 0 });
  });

  test('I4: of a long read that `head` ended, nothing is committed that it did not get', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await shell(world, 'seq 1 500 | $RUN producer - --lanes 1');
    await shell(world, '$RUN consumer --group g --quiet | head -100');
    const { stdout } = await commandLine(world, ['consumer', '--group', 'g', '--until-idle', '1s']);
    const read = new Set(stdout.trim().split('\n'));
    for (let n = 101; n <= 500; n++) expect(read).toContain(String(n));
  });

  test('I13: stdout is blocked, SIGTERM: it ends, and what was written out is committed', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await shell(world, `yes "$(head -c 900 /dev/zero | tr '\\0' x)" | head -500 | $RUN producer - --lanes 1`);
    const run = startShell(
      world,
      // A pipe with a reader that takes one byte, and then no more.
      `mkfifo f; exec 3<>f; $RUN consumer --group g --output json --close-timeout 2s > f 3<&- & pid=$!
       head -c 1 <&3 > /dev/null; kill -TERM $pid; wait $pid; echo ended $?`,
    );
    const { stdout } = await run.ended;
    expect(stdout).toBe('ended 0\n');
    const rest = await commandLine(world, ['consumer', '--group', 'g', '--until-idle', '1s']);
    const left = rest.stdout.trim().split('\n').length;
    expect(left).toBeGreaterThan(300);
    expect(left).toBeLessThan(500);
  });
});

describe.concurrent('the end of a bounded read', () => {
  test('I15: no region could be reached: exit 1 with the reason', async () => {
    await using world = await EmulatedWorld.start();
    for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.setFaults(region, { refuse: true });
    for (const flags of [['--group', 'g'], ['--no-commit']]) {
      const { code, stderr } = await commandLine(world, [
        'consumer',
        '--until-idle',
        '500ms',
        '--retry-window',
        '1s',
        ...flags,
      ]);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /Not everything could be read: sa-saopaulo-1 does not answer: connection refused/,
      );
    }
  });

  test('I15: what a killed member of the group holds is waited for, and said', async () => {
    await using world = await EmulatedWorld.start({ partitions: 2 });
    await shell(world, 'seq 1 40 | $RUN producer -');
    const killed = startCommand(world, ['consumer', '--group', 'g', '--group-timeout', '25s']);
    await killed.stdoutHas('40');
    killed.kill('SIGKILL');
    await killed.ended;
    await shell(world, 'seq 41 60 | $RUN producer -');
    const run = startCommand(world, ['consumer', '--group', 'g', '--until-idle', '1s']);
    await run.stderrHas('is held by another member of the group until');
    world.emulator.clock.advance(25_000);
    const { code, stdout } = await run.ended;
    const read = new Set(stdout.trim().split('\n'));
    for (let n = 41; n <= 60; n++) expect(read).toContain(String(n));
    expect(code).toBe(0);
  });

  test('I14: a signal before --count is reached: 130, and the summary says how many', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    await commandLine(world, ['producer', '--count', '3']);
    const run = startCommand(world, ['consumer', '--count', '10']);
    await run.stdoutHas('message 3');
    run.kill('SIGINT');
    const { code, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/read 3 .*printed 3[^]*--count asked for 10 messages/);
  });
});
