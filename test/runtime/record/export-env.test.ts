import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { exportEnv, exportSecondary } from '../../../runtime/record/export-env.ts';
import type { Command } from '../../../runtime/record/environment-plan.ts';
import type { Machine } from '../../../runtime/record/export-env.ts';
import { failingDisk } from './faulty-disk.ts';
import { listening } from './heard.ts';
import { ENDPOINT, ocidOf } from './samples.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const VALUES = { SECONDARY_STREAM_OCID: ocidOf('aaa'), SECONDARY_STREAM_ENDPOINT: ENDPOINT };

/** A machine with its own environment, which runs nothing but remembers what it was asked to. */
function machineOf(platform: NodeJS.Platform, fails: (command: Command) => boolean = () => false) {
  const ran: Command[] = [];
  const environments: NodeJS.ProcessEnv[] = [];
  const environment: Record<string, string | undefined> = { HOME: '/nowhere' };
  const machine: Partial<Machine> = {
    platform,
    environment,
    run: (command, env) => {
      ran.push(command);
      environments.push(env);
      return fails(command) ? Promise.reject(new Error(`${command[0]} is not here`)) : Promise.resolve();
    },
  };
  return { machine, ran, environments, environment };
}

describe('E13: exporting the secondary', () => {
  it('E13: to this process, at once, and to a file to source that only the user can read', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    writeFileSync(`${file}.env`, 'old', { mode: 0o644 });
    const heard = listening();
    const { machine, environment, ran } = machineOf('linux');
    const exported = exportSecondary(ocidOf('aaa'), `${ENDPOINT}/`, { file, emit: heard.emit, machine });
    expect(environment).toMatchObject(VALUES);
    await exported;
    expect(statSync(`${file}.env`).mode & 0o777).toBe(0o600);
    const sourced = spawnSync('sh', [
      '-c',
      `. "$0"; echo "$SECONDARY_STREAM_OCID $SECONDARY_STREAM_ENDPOINT"`,
      `${file}.env`,
    ]);
    expect(String(sourced.stdout)).toBe(`${ocidOf('aaa')} ${ENDPOINT}\n`);
    expect(ran).toEqual([]);
    expect(heard.events).toEqual([{ type: 'environment-exported', where: ['this process', `${file}.env`] }]);
  });

  it('E13: this process is the real one unless told otherwise', async () => {
    using directory = temporaryDirectory();
    const before = { ...process.env };
    try {
      await exportEnv(ocidOf('aaa'), ENDPOINT, {
        file: directory.file,
        mode: 'process',
        listener: () => undefined,
      });
      expect(process.env).toMatchObject(VALUES);
    } finally {
      process.env = before;
    }
  });

  it('E13: Linux, persistent: a file that systemd reads, in a directory that is made', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const { machine, environment } = machineOf('linux');
    environment['XDG_CONFIG_HOME'] = directory.at('config');
    await exportSecondary(ocidOf('aaa'), ENDPOINT, {
      file,
      mode: 'persistent',
      machine,
      emit: () => undefined,
    });
    expect(readFileSync(directory.at('config/environment.d/oci-streaming-ha.conf'), 'utf8')).toBe(
      `SECONDARY_STREAM_OCID=${ocidOf('aaa')}\nSECONDARY_STREAM_ENDPOINT=${ENDPOINT}\n`,
    );
  });

  it('E13: Windows: PowerShell gets the values in its environment', async () => {
    using directory = temporaryDirectory();
    const { machine, ran, environments } = machineOf('win32');
    await exportSecondary(ocidOf('aaa'), ENDPOINT, { file: directory.file, machine, emit: () => undefined });
    expect(ran.map(([program]) => program)).toEqual(['powershell.exe']);
    expect(environments[0]).toMatchObject(VALUES);
  });

  it('E13: Windows without PowerShell: setx', async () => {
    using directory = temporaryDirectory();
    const heard = listening();
    const { machine, ran } = machineOf('win32', ([program]) => program === 'powershell.exe');
    await exportSecondary(ocidOf('aaa'), ENDPOINT, { file: directory.file, machine, emit: heard.emit });
    expect(ran.slice(1)).toEqual(Object.entries(VALUES).map(([name, value]) => ['setx.exe', name, value]));
    expect(heard.of('environment-exported')[0]?.where).toContain("the user's environment (new windows)");
    expect(heard.of('warning')).toEqual([]);
  });

  it('E13: a failure is a warning, and the rest is done', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    const heard = listening();
    const { machine, environment } = machineOf('darwin', () => true);
    const disk = failingDisk('handle.writeFile', 'ENOSPC', () => true);
    await exportSecondary(ocidOf('aaa'), ENDPOINT, {
      file,
      mode: 'persistent',
      emit: heard.emit,
      machine: { ...machine, disk },
    });
    expect(environment).toMatchObject(VALUES);
    expect(heard.of('warning').map((event) => event.message)).toEqual([
      expect.stringContaining(`${file}.env cannot be written (ENOSPC)`),
      expect.stringContaining('launchctl is not here'),
    ]);
    expect(heard.of('environment-exported')).toEqual([
      { type: 'environment-exported', where: ['this process'] },
    ]);
    expect(directory.names()).toEqual([]);
  });

  it('E13, E14: a file to source that cannot be replaced is written in place, with a warning, for this user only', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    writeFileSync(`${file}.env`, 'old\n', { mode: 0o644 });
    const heard = listening();
    const { machine } = machineOf('linux');
    const disk = failingDisk('rename', 'EBUSY', () => true);
    await exportSecondary(ocidOf('aaa'), ENDPOINT, { file, emit: heard.emit, machine: { ...machine, disk } });
    expect(heard.of('warning').map((event) => event.message)).toEqual([
      expect.stringContaining(`${file}.env cannot be replaced (EBUSY: `),
    ]);
    expect(heard.of('environment-exported')[0]?.where).toEqual(['this process', `${file}.env`]);
    expect(readFileSync(`${file}.env`, 'utf8')).toMatch(/^export SECONDARY_STREAM_OCID='.*'\nexport .*'\n+$/);
    expect(statSync(`${file}.env`).mode & 0o777).toBe(0o600);
  });

  it('E11, E14: a gigabyte that cannot be replaced is left as it is', async () => {
    using directory = temporaryDirectory();
    const { file } = directory;
    writeFileSync(`${file}.env`, '');
    truncateSync(`${file}.env`, 2 ** 30);
    const heard = listening();
    const { machine } = machineOf('linux');
    const disk = failingDisk('rename', 'EBUSY', () => true);
    await exportSecondary(ocidOf('aaa'), ENDPOINT, { file, emit: heard.emit, machine: { ...machine, disk } });
    expect(heard.of('warning').map((event) => event.message)).toEqual([
      expect.stringContaining(`${file}.env is longer than 65536 bytes`),
    ]);
    expect(statSync(`${file}.env`).size).toBe(2 ** 30);
  });

  it('E13: a program that is really absent is a warning', async () => {
    using directory = temporaryDirectory();
    const heard = listening();
    const { environment } = machineOf('darwin');
    await exportSecondary(ocidOf('aaa'), ENDPOINT, {
      file: directory.file,
      mode: 'persistent',
      emit: heard.emit,
      machine: { platform: 'darwin', environment: { ...environment, PATH: directory.path } },
    });
    expect(heard.of('warning')[0]?.message).toContain('launchctl');
  });

  it.each([
    ['an OCID that is none', 'x', ENDPOINT],
    ['an OCID with a line break', `${ocidOf('a')}\nPATH=/evil`, ENDPOINT],
    ['an address that is none', ocidOf('aaa'), 'x; rm -rf /'],
    ['an address with a password', ocidOf('aaa'), 'https://anna:hunter2@example.org'],
  ])('E13: %s is refused, and nothing is exported', async (_, ocid, endpoint) => {
    using directory = temporaryDirectory();
    const { machine, environment } = machineOf('linux');
    const exporting = exportSecondary(ocid, endpoint, { file: directory.file, machine });
    const refusal = { code: 'CONFIG', message: expect.stringMatching(/^exportEnv: (?!.*hunter2)/) as string };
    await expect(exporting).rejects.toMatchObject(refusal);
    expect(environment).toEqual({ HOME: '/nowhere' });
    expect(directory.names()).toEqual([]);
  });
});
