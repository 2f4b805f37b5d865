import { afterEach, describe, expect, it, vi } from 'vitest';

import {
  loadSecondaryStreamEndpoint,
  loadSecondaryStreamOcid,
  saveSecondaryStream,
} from '../../../runtime/record/index.ts';
import { systemDisk } from '../../../runtime/record/disk.ts';
import { writeRecordFile } from '../../../runtime/record/record-file.ts';
import { ENDPOINT, ocidOf, recordOf } from './samples.ts';
import { temporaryDirectory } from './temporary-directory.ts';

function environmentNames(unique: string, endpoint = ENDPOINT): void {
  vi.stubEnv('SECONDARY_STREAM_OCID', ocidOf(unique));
  vi.stubEnv('SECONDARY_STREAM_ENDPOINT', endpoint);
}

const load = (file: string) =>
  Promise.all([loadSecondaryStreamOcid(file), loadSecondaryStreamEndpoint(file)]);

describe('E1, E3: the names that users of the Java program know', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('E1, E3: what is saved is loaded', async () => {
    using directory = temporaryDirectory();
    await saveSecondaryStream(ocidOf('aaa'), `${ENDPOINT}/`, directory.file);
    expect(await load(directory.file)).toEqual([ocidOf('aaa'), ENDPOINT]);
  });

  it('E1, E3: the file is stream.properties of the working directory', async () => {
    using directory = temporaryDirectory();
    const before = process.cwd();
    process.chdir(directory.path);
    try {
      await saveSecondaryStream(ocidOf('aaa'), ENDPOINT);
      expect(directory.names()).toEqual(['stream.properties']);
      expect(await loadSecondaryStreamOcid()).toBe(ocidOf('aaa'));
    } finally {
      process.chdir(before);
    }
  });

  it('E1, E3: after saving, the secondary is the active one, as after the Java program', async () => {
    using directory = temporaryDirectory();
    directory.write('owner=Maria\n');
    await writeRecordFile(directory.file, { ...recordOf('aaa'), activeRegion: 'sa-saopaulo-1' }, systemDisk);
    await saveSecondaryStream(ocidOf('bbb'), ENDPOINT, directory.file);
    expect(directory.text()).not.toContain('ACTIVE_');
    expect(directory.text()).toContain('owner=Maria');
  });

  it('E1, E3: the file comes first, then the environment, then nothing', async () => {
    using directory = temporaryDirectory();
    expect(await load(directory.file)).toEqual([undefined, undefined]);
    environmentNames('bbb');
    expect(await load(directory.file)).toEqual([ocidOf('bbb'), ENDPOINT]);
    await saveSecondaryStream(ocidOf('aaa'), ENDPOINT, directory.file);
    expect(await load(directory.file)).toEqual([ocidOf('aaa'), ENDPOINT]);
  });

  it('E4: half a secondary is none, and Node warns', async () => {
    using directory = temporaryDirectory();
    directory.write(`SECONDARY_STREAM_OCID=${ocidOf('aaa')}\n`);
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    expect(await loadSecondaryStreamOcid(directory.file)).toBeUndefined();
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('SECONDARY_STREAM_ENDPOINT is missing'), 'OciStreamingHaWarning'],
    ]);
    warn.mockRestore();
  });

  it('E10: an endpoint is not believed, unless the user names it in the settings', async () => {
    using directory = temporaryDirectory();
    const emulator = 'http://127.0.0.1:7102';
    await saveSecondaryStream(ocidOf('aaa'), emulator, directory.file);
    await expect(load(directory.file)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(`${directory.file}:3: SECONDARY_STREAM_ENDPOINT`) as string,
    });
    vi.stubEnv('OCI_STREAMING_ENDPOINT_SA_VINHEDO_1', emulator);
    expect(await load(directory.file)).toEqual([ocidOf('aaa'), emulator]);
  });

  it('E1, E3: what is no stream, or no address, is not saved', async () => {
    using directory = temporaryDirectory();
    await expect(saveSecondaryStream('x', ENDPOINT, directory.file)).rejects.toMatchObject({
      code: 'CONFIG',
    });
    await expect(saveSecondaryStream(ocidOf('aaa'), 'x', directory.file)).rejects.toMatchObject({
      code: 'CONFIG',
    });
    expect(directory.names()).toEqual([]);
  });
});
