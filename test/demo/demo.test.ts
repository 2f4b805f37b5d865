import { describe, expect, test, vi } from 'vitest';

import { areGone, RunningDemo } from './running-demo.ts';

/** Lines that must stand in the pipe, in this order; others may stand between them. */
const KNOWN_LINES = [
  '✓ publish',
  '✓ outage',
  'Attempt 1 failed: 500. Retrying...',
  'Primary failed after retries -> starting failover...',
  'No secondary configured. Creating secondary stream...',
  'Secondary stream created: OCID=ocid1.stream.oc1.sa-vinhedo-1.',
  'Message sent to secondary stream.',
  '✓ failover',
  'SECONDARY_STREAM_OCID=ocid1.stream.oc1.sa-vinhedo-1.',
  "export SECONDARY_STREAM_OCID='ocid1.stream.oc1.sa-vinhedo-1.",
  '✓ record',
  '✓ consumer',
  '✓ heal',
  '✓ stranded',
  'Failback: sa-saopaulo-1 is well again',
  '✓ failback',
  '✓ drain',
  'not one was lost',
  'Three things to try next:',
];

describe.concurrent('the demo', () => {
  test('loses São Paulo and no message, and says so in a pipe', { timeout: 90_000 }, async () => {
    using demo = new RunningDemo('--outage', '500');
    const { exitCode, stdout, stderr } = await demo.ended;
    expect({ exitCode, stderr }, `exit code and stderr of\n${stdout}`).toEqual({ exitCode: 0, stderr: '' });
    let from = 0;
    for (const line of KNOWN_LINES) {
      const at = stdout.indexOf(line, from);
      expect(at, `${line}\nis not to be found after what comes before it in\n${stdout}`).toBeGreaterThan(-1);
      from = at;
    }
    expect(stdout).toContain('FAILOVER: Now consuming from secondary stream:');
    const row = (label: string): string => new RegExp(`^  ${label} +(\\S+)`, 'm').exec(stdout)?.[1] ?? '';
    expect(Number(row('sent'))).toBeGreaterThan(100);
    expect([row('stored'), row('received')]).toEqual([row('sent'), row('sent')]);
    expect([row('lost'), row('out of order')]).toEqual(['0', '0']);
    expect(Number(row('stranded'))).toBeGreaterThan(0);
    expect(Number(row('outage to verdict'))).toBeGreaterThan(1);
    expect(Number(row('verdict to first stored'))).toBeGreaterThan(0);
    expect(stdout).not.toContain('\u001B');
    expect(demo.leftovers()).toEqual([]);
  });

  test(
    'F1, F4: loses both regions, kills the producer, and loses no message',
    { timeout: 90_000 },
    async () => {
      using demo = new RunningDemo('--outage', 'both', '--output', 'json');
      const { exitCode, stdout, stderr } = await demo.ended;
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, outage: 'both', lost: 0, unseen: 0 });
      expect(stderr).toContain('✓ kill -9');
      expect(stderr).toContain('The outbox is empty');
    },
  );

  test('ends in order when it is interrupted: nothing is left behind', async () => {
    using demo = new RunningDemo('--output', 'json');
    await vi.waitFor(() => expect(demo.programs()).toHaveLength(3), { timeout: 45_000 });
    const programs = demo.programs();
    demo.kill('SIGINT');
    expect(await demo.ended).toMatchObject({ exitCode: 130, stdout: '' });
    expect(areGone(programs)).toBe(true);
    expect(demo.leftovers()).toEqual([]);
  });

  test('takes its programs with it when it is killed', async () => {
    using demo = new RunningDemo();
    await vi.waitFor(() => expect(demo.programs()).toHaveLength(3), { timeout: 45_000 });
    const programs = demo.programs();
    demo.kill('SIGKILL');
    await vi.waitFor(() => expect(areGone(programs)).toBe(true), { timeout: 45_000 });
  });

  test.for([
    [
      ['--outage', 'rain'],
      /^demo: option '--outage <kind>' argument 'rain' is invalid. Allowed choices are [^.]*; see npm start -- --help\n$/,
    ],
    [['--rate', '0'], /^demo: .*whole number from 10 to 500.*\n$/],
    [['--fast'], /^demo: unknown option '--fast'.*\n$/],
  ] as const)('names what is wrong with %s in one line', async ([flags, line]) => {
    using demo = new RunningDemo(...flags);
    const { exitCode, stderr, stdout } = await demo.ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(line);
  });
});
