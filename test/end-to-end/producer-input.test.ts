import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { commandLine, shell, startCommand, startShell } from '../support/command-line.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

/** What both regions hold, each value once, as base64: bytes are compared, not text. */
function values(world: EmulatedWorld): Set<string> {
  return new Set([...world.stored(SAO_PAULO), ...world.stored(VINHEDO)].map(({ value }) => value));
}

const base64 = (...texts: (string | Uint8Array)[]): Set<string> =>
  new Set(texts.map((text) => Buffer.from(text).toString('base64')));

describe.concurrent('the bytes of the input', () => {
  test('I12: bytes that are not UTF-8, NUL, CR and U+2028 are stored as they are', async () => {
    await using world = await EmulatedWorld.start();
    const lines = [
      Buffer.from('caf\xe9', 'latin1'),
      '{"note":"a\u2028b"}',
      'nul\0nul',
      'cr\r',
      'a\rb',
      '\u0085',
    ];
    const input = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
    expect((await commandLine(world, ['producer', '-'], { input })).code).toBe(0);
    expect(values(world)).toEqual(base64(...lines));
  });

  test('I12: -K takes escapes; --line-ending crlf and --delimiter end lines on request', async () => {
    await using world = await EmulatedWorld.start();
    await commandLine(world, ['producer', '-', '-K', String.raw`\t`], { input: 'k\tv\n' });
    await commandLine(world, ['producer', '-', '--line-ending', 'crlf'], { input: 'a\nb\r\nc' });
    await commandLine(world, ['producer', '-', '--delimiter', String.raw`\0`, '--key', 'fixed'], {
      input: 'd\0e',
    });
    const stored = world.stored(SAO_PAULO).map(({ keyText, text }) => `${keyText}=${text}`);
    expect(new Set(stored)).toEqual(new Set(['k=v', 'null=a\nb', 'null=c', 'fixed=d', 'fixed=e']));
  });

  test('I12, I15: what the consumer prints as JSON is what --input json takes, byte by byte', async () => {
    await using world = await EmulatedWorld.start();
    const input = Buffer.from('k\xe9:v\xff\nplain:text\n', 'latin1');
    await commandLine(world, ['producer', '-', '-K:'], { input });
    const { stdout } = await commandLine(world, [
      'consumer',
      '--count',
      '2',
      '--no-commit',
      '--output',
      'json',
    ]);
    const again = await commandLine(world, ['producer', '--input', 'json', '-'], { input: stdout });
    expect(again.code).toBe(0);
    const stored = world.stored(SAO_PAULO);
    expect(stored).toHaveLength(4);
    expect(new Set(stored.map(({ key, value }) => `${key} ${value}`)).size).toBe(2);
  });

  test('I12: 10,000 random byte strings in random chunks, with an outage in between: what is stored is what was fed', async () => {
    await using world = await EmulatedWorld.start();
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const lines = Array.from({ length: 10_000 }, (_, index) => {
      const bytes = Uint8Array.from({ length: random(60) }, () => random(256)).filter((byte) => byte !== 10);
      return Buffer.concat([Buffer.from(`${index} `), bytes]);
    });
    const all = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
    const run = startCommand(world, ['producer', '-', '--log', 'plain'], { input: null });
    await run.stderrHas('Writing to');
    for (let from = 0, part = 0; from < all.byteLength; part++) {
      const to = Math.min(all.byteLength, from + 1 + random(20_000));
      await run.feed(all.subarray(from, to));
      if (part === 5) await world.emulator.setFaults(SAO_PAULO, { status: 503 });
      from = to;
    }
    run.endInput();
    expect((await run.ended).code).toBe(10);
    expect(values(world)).toEqual(base64(...lines));
  });

  test('I11: --failed keeps the lines that were not stored as they were, and can be read and replaced in one run', async () => {
    await using world = await EmulatedWorld.start();
    const long = 'x'.repeat(1_048_577);
    const file = join(world.directory, 'failed');
    const first = await commandLine(world, ['producer', '-', '--failed', file], { input: `a\n${long}\nb\n` });
    expect(first.code).toBe(1);
    expect(await readFile(file, 'utf8')).toBe(`${long}\n`);
    await writeFile(file, 'c\nd\n');
    const second = await shell(world, `$RUN producer - --failed ${file} < ${file}`);
    expect(second.code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe('');
    expect(values(world)).toEqual(base64('a', 'b', 'c', 'd'));
  });

  test('I11: --failed can be a pipe of the shell: what is no regular file is written to, and never replaced', async () => {
    await using world = await EmulatedWorld.start();
    const { code, stdout } = await shell(
      world,
      `printf '{"value":"a"}\\nb\\n' | $RUN producer - --input json --quiet --failed >(sed s/^/failed:/)`,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'failed:b\n' });
  });

  test('I14: --rate holds for a pipe', async () => {
    await using world = await EmulatedWorld.start();
    const startedAt = Date.now();
    const { code } = await shell(world, 'seq 1 21 | $RUN producer - --rate 10');
    expect(code).toBe(0);
    expect(Date.now() - startedAt).toBeGreaterThan(1_900);
  });
});

describe.concurrent('errors of the input', () => {
  test('I10: a directory as standard input is named; exit 1', async () => {
    await using world = await EmulatedWorld.start();
    const { code, stderr } = await shell(world, '$RUN producer - < /tmp');
    expect(code).toBe(1);
    expect(stderr).toContain('standard input could not be read to its end: it is a directory (EISDIR)');
  });

  test('C9, I14: an error that every line would meet stops the reading there: exit 2, the first line is named', async () => {
    await using world = await EmulatedWorld.start();
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', status: 401 });
    const run = startCommand(world, ['producer', '-', '--log', 'plain'], { input: null });
    await run.feed(Array.from({ length: 300 }, (_, n) => `${n + 1}\n`).join(''));
    // Its input stays open: it ends by itself.
    const { code, stderr } = await run.ended;
    expect(code).toBe(2);
    expect(stderr).toContain('Stopped: every later message would meet the same error.');
    expect(stderr).toContain('The first line that was not stored: 1 of standard input.');
  });

  test('C13: with a full buffer in an outage the input waits, and no line is lost', async () => {
    await using world = await EmulatedWorld.start();
    for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.setFaults(region, { status: 503 });
    const { primaryOcid } = world;
    const endpoint = world.emulator.regions[SAO_PAULO] ?? '';
    const run = startShell(
      world,
      `seq 1 5000 | $RUN producer - --log plain --outbox off --max-buffer-bytes 64KiB --max-block 100ms --primary-stream-ocid ${primaryOcid} --primary-stream-endpoint ${endpoint}`,
    );
    await run.stderrHas('No region takes messages yet.');
    for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.clearFaults(region);
    const { code, stderr } = await run.ended;
    expect([0, 10]).toContain(code);
    expect(stderr).toContain('stored 5000');
    expect(values(world).size).toBe(5_000);
  });

  test('I14: --deadline reports what is not stored by then; exit 1', async () => {
    await using world = await EmulatedWorld.start();
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', hang: true });
    const { code, stderr } = await commandLine(
      world,
      ['producer', '-', '--deadline', '6s', '--request-timeout', '60s', '--outbox', 'off'],
      {
        input: 'a\nb\n',
      },
    );
    expect(code).toBe(1);
    expect(stderr).toContain('The deadline has passed.');
    expect(stderr).toContain('2 messages were not stored.');
  });

  test('I14: what is not stored by a --deadline waits in the outbox; exit 13', async () => {
    await using world = await EmulatedWorld.start();
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', hang: true });
    const args = ['producer', '-', '--deadline', '6s', '--request-timeout', '60s'];
    const { code, stderr } = await commandLine(world, args, { input: 'a\nb\n' });
    expect(code).toBe(13);
    expect(stderr).toContain(
      `2 messages wait in ${world.recordFile}.outbox/0: the next producer here sends them`,
    );
  });
});

describe.concurrent('ends', () => {
  test('I8: a reader of receipts that goes away costs receipts, not messages; exit 1', async () => {
    await using world = await EmulatedWorld.start();
    const { code, stdout, stderr } = await shell(
      world,
      'seq 1 3000 | $RUN producer - --output json | head -1; exit ${PIPESTATUS[1]}',
    );
    expect(code).toBe(1);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toContain('Standard output cannot be written any more (EPIPE)');
    expect(values(world).size).toBe(3_000);
  });

  test('I8: a full disk costs receipts, not messages; exit 1', async () => {
    await using world = await EmulatedWorld.start();
    const { code, stderr } = await shell(world, 'seq 1 500 | $RUN producer - --output json > /dev/full');
    expect(code).toBe(1);
    expect(stderr).toContain('(ENOSPC)');
    expect(values(world).size).toBe(500);
  });

  test('I9: stderr that goes away or is full changes nothing but the log', async () => {
    await using world = await EmulatedWorld.start();
    expect((await shell(world, 'seq 1 400 | $RUN producer - 2> >(head -c 50 > /dev/null)')).code).toBe(0);
    expect((await shell(world, 'seq 401 800 | $RUN producer - 2> /dev/full')).code).toBe(0);
    expect((await shell(world, 'seq 801 900 | $RUN producer - 2>&-')).code).toBe(0);
    expect(values(world).size).toBe(900);
  });

  test.for([
    ['SIGHUP', 143],
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)(
    'I7, I14: %s with input left: what is on its way is stored, the rest is told',
    async ([signal, code]) => {
      await using world = await EmulatedWorld.start();
      await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', latencyMs: 500 });
      const run = startCommand(
        world,
        ['producer', '-', '--log', 'plain', '--output', 'json', '--lanes', '1'],
        {
          input: null,
        },
      );
      await run.feed('1\n');
      await run.stdoutHas('"line":1');
      await run.feed('2\n');
      await run.stdoutHas('"line":2');
      run.kill(signal);
      const ended = await run.ended;
      expect(ended.code).toBe(code);
      expect(ended.stderr).toMatch(/sent 2, stored 2[^]*Interrupted\. The input was not read to its end\./);
      expect(values(world).size).toBe(2);
    },
  );

  test('I7, I14: SIGTERM ends the wait for a writer of a named pipe, and the next run reads what one writes', async () => {
    await using world = await EmulatedWorld.start();
    const run = startShell(world, 'mkfifo pipe; exec $RUN producer pipe --log plain');
    await run.stderrHas('Writing to');
    run.kill('SIGTERM');
    expect((await run.ended).code).toBe(143);
    const next = await shell(world, '(echo a; echo b) > pipe & $RUN producer pipe');
    expect(next.code).toBe(0);
    expect(values(world)).toEqual(base64('a', 'b'));
  });

  test('I14: both regions down, lines on stdin, SIGTERM: the number is told, exit 143', async () => {
    await using world = await EmulatedWorld.start();
    for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.setFaults(region, { status: 503 });
    const run = startCommand(world, ['producer', '-', '--log', 'plain', '--close-timeout', '500ms'], {
      input: null,
    });
    await run.feed(Array.from({ length: 500 }, (_, n) => `${n}\n`).join(''));
    await run.stderrHas('No region takes messages yet.');
    run.kill('SIGTERM');
    const { code, stderr } = await run.ended;
    expect(code).toBe(143);
    expect(stderr).toMatch(/stored 0[^]*Interrupted\. The input was not read to its end\./);
  });

  test('I14, G1: messages that go to the secondary from the start give exit 10, and the start says so', async () => {
    await using world = await EmulatedWorld.start();
    await world.emulator.setFaults(SAO_PAULO, { refuse: true });
    expect((await commandLine(world, ['producer', '--count', '1'])).code).toBe(10);
    const again = await commandLine(world, ['producer', '--count', '1']);
    expect(again.code).toBe(10);
    expect(again.stderr).toMatch(/Writing to sa-vinhedo-1 \(secondary\): since \d{4}-/);
  });
});
