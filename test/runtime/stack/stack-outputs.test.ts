import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { HaEvent } from '../../../runtime/events.ts';
import { readStackOutputs } from '../../../runtime/stack/index.ts';
import type { Pulumi } from '../../../runtime/stack/pulumi.ts';
import { fakePulumi, OCID, OURS } from './fake-pulumi.ts';

const ENDPOINT = 'https://cell-1.streaming.sa-saopaulo-1.oci.oraclecloud.com';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'oci-ha-stack-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('the outputs of the stack', () => {
  const outputs = async (
    file: string | undefined,
    run?: Pulumi,
    endpoints: Record<string, string> = {},
  ): Promise<{ found: unknown; events: HaEvent[] }> => {
    const events: HaEvent[] = [];
    const emit = (event: HaEvent): void => void events.push(event);
    const found = await readStackOutputs({
      file,
      directory,
      endpoints,
      emit,
      ...(run === undefined ? {} : { run }),
    });
    return { found, events };
  };

  test('J9: are asked of pulumi', async () => {
    const stdout = JSON.stringify({
      primaryStreamOcid: OCID,
      primaryStreamEndpoint: `${ENDPOINT}/`,
      secondaryStreamOcid: null,
      activeRegion: 'sa-saopaulo-1',
    });
    const { run, asked } = fakePulumi({ stack: [{ type: 'done', stdout }] });
    expect((await outputs(undefined, run)).found).toMatchObject({
      primaryStreamOcid: OCID,
      primaryStreamEndpoint: ENDPOINT,
    });
    expect(asked).toEqual(['stack']);
  });

  test('J9: come from a file where there is no pulumi', async () => {
    const file = join(directory, 'outputs.json');
    await writeFile(file, JSON.stringify({ primaryStreamOcid: OCID }));
    expect((await outputs(file)).found).toMatchObject({ primaryStreamOcid: OCID, source: file });
  });

  test('J9: no project here: one debug line, and the runtime goes on without', async () => {
    const { found, events } = await outputs(undefined);
    expect(found).toBeUndefined();
    expect(events).toMatchObject([{ type: 'stack-skipped' }]);
  });

  test.each([
    ['a stack that was never updated', '{}'],
    ["a person's own project", '{"bucket":"x","primaryStreamOcid":7}'],
  ])('J9: %s has none: one debug line', async (_, stdout) => {
    const { run } = fakePulumi({ stack: [{ type: 'done', stdout }] });
    const { found, events } = await outputs(undefined, run);
    expect(found).toBeUndefined();
    expect(events).toMatchObject([{ type: 'stack-skipped' }]);
  });

  test('J9: a pulumi that fails is told, and the runtime goes on without', async () => {
    const { run } = fakePulumi({ stack: [{ type: 'failed', because: 'the backend is away' }] });
    const { found, events } = await outputs(undefined, run);
    expect(found).toBeUndefined();
    expect(events).toMatchObject([
      { type: 'warning', message: 'The stack outputs are not read: the backend is away' },
    ]);
  });

  const named = (changed: object): string =>
    JSON.stringify({ primaryStreamOcid: OCID, activeRegion: 'sa-saopaulo-1', ...changed });
  const refused: [string, object, string][] = [
    ['an OCID that is none', { primaryStreamOcid: 'x' }, "primaryStreamOcid is not a stream's OCID"],
    ['an OCID with a line break', { primaryStreamOcid: `${OCID}\nx` }, "primaryStreamOcid is not a stream's"],
    ['an OCID of another region', { primaryRegion: 'sa-vinhedo-1' }, 'primaryStreamOcid is of sa-saopaulo-1'],
    ['an OCID of another realm', { compartmentId: 'ocid1.compartment.oc2..a' }, 'is of realm oc1'],
    ['an endpoint of http', { primaryStreamEndpoint: 'http://127.0.0.1:7101' }, 'is not https'],
    ['an endpoint elsewhere', { primaryStreamEndpoint: 'https://evil.example' }, 'in a domain of OCI'],
    ['an empty endpoint', { primaryStreamEndpoint: '' }, 'primaryStreamEndpoint is not a web address'],
    ['a password', { primaryStreamEndpoint: 'https://a:hunter2@x.example' }, 'holds a user name'],
  ];

  test.each(refused)(
    'E10, D17: %s in the outputs of pulumi is not used: a warning',
    async (_, changed, words) => {
      const { run } = fakePulumi({ stack: [{ type: 'done', stdout: named(changed) }] });
      const { found, events } = await outputs(undefined, run);
      expect(found).toBeUndefined();
      expect(events).toMatchObject([{ type: 'warning', message: expect.stringContaining(words) as string }]);
      expect(JSON.stringify(events)).not.toContain('hunter2');
    },
  );

  test.each(refused)('E10, D17: %s in a file is refused by name', async (name, changed, words) => {
    const file = join(directory, `${name}.json`);
    await writeFile(file, named(changed));
    await expect(outputs(file)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(words) as string,
    });
    await expect(outputs(file)).rejects.not.toThrow('hunter2');
  });

  test('E10: an endpoint that the settings name is used', async () => {
    const stdout = named({ primaryStreamEndpoint: 'http://127.0.0.1:7101' });
    const { run } = fakePulumi({ stack: [{ type: 'done', stdout }] });
    const endpoints = { 'sa-saopaulo-1': 'http://127.0.0.1:7101' };
    expect((await outputs(undefined, run, endpoints)).found).toMatchObject({
      primaryStreamOcid: OCID,
      primaryStreamEndpoint: 'http://127.0.0.1:7101',
    });
  });

  test.each<[string, Buffer]>([
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${OURS}`)],
    ["UTF-16 with a mark, as PowerShell's > makes it", Buffer.from(`\uFEFF${OURS}\r\n`, 'utf16le')],
    ['UTF-16BE with a mark', Buffer.from(`\uFEFF${OURS}`, 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from(OURS, 'utf16le')],
  ])('E15: a file in %s is read', async (_, bytes) => {
    const file = join(directory, 'encoded.json');
    await writeFile(file, bytes);
    expect((await outputs(file)).found).toMatchObject({ primaryStreamOcid: OCID });
  });

  test.each<[string, Buffer, string]>([
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]), 'is UTF-32'],
    ['zeros', Buffer.alloc(100), 'holds NUL characters'],
    ['latin1', Buffer.from('{"name":"caf\xe9"}', 'latin1'), 'is not whole UTF-8'],
    ['more than a megabyte', Buffer.alloc(1_048_577, ' '), 'it is longer than 1048576 bytes'],
  ])('E15, E11: a file of %s is refused by name', async (_, bytes, words) => {
    const file = join(directory, 'undecodable.json');
    await writeFile(file, bytes);
    await expect(outputs(file)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(new RegExp(`^\`outputs\` ${file}:? ${words}`)) as string,
    });
  });

  test.skipIf(process.platform === 'win32')('E11: a device without an end is not read for ever', async () => {
    await expect(outputs('/dev/zero')).rejects.toThrow('is longer than 1048576 bytes');
    await expect(outputs(directory)).rejects.toThrow('cannot be read (EISDIR)');
  });

  test.each([
    ['not there', undefined, /there is no such file.*pulumi stack output --json/],
    ['not JSON', 'primaryStreamOcid=x', /is not the JSON of stack outputs/],
    ['of another shape', '{"primaryStreamOcid": 3}', /is not the JSON of stack outputs/],
    ['of a stack never updated', '{}', /no primaryStreamOcid in it/],
  ])('I6: a file that is %s is refused in words', async (name, text, message) => {
    const file = join(directory, `${name}.json`);
    if (text !== undefined) await writeFile(file, text);
    await expect(outputs(file)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(message) as string,
    });
  });
});
