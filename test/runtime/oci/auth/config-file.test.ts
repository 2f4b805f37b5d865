import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import type { HaEvent } from '../../../../runtime/events.ts';
import { openAuth, type Auth } from '../../../../runtime/oci/index.ts';
import type { Environment, Settings } from '../../../../runtime/settings/index.ts';
import { ociDirectory, TENANCY, USER, type OciDirectory } from '../fixtures/oci-directory.ts';

interface Opened {
  readonly auth: Auth;
  readonly warnings: HaEvent[];
}

async function open(
  configFile: string | undefined,
  {
    profile = 'DEFAULT',
    auth = 'api_key',
    environment = {},
  }: { profile?: string; auth?: Settings['auth']; environment?: Environment } = {},
): Promise<Opened> {
  const warnings: HaEvent[] = [];
  const opened = await openAuth(
    { auth, configFile, profile },
    (event) => void warnings.push(event),
    environment,
  );
  return { auth: opened, warnings };
}

async function keyIdOf({ auth }: Opened): Promise<string | undefined> {
  const request = {
    method: 'GET' as const,
    uri: 'https://x.example/y',
    headers: new Headers({ 'x-date': 'now' }),
  };
  await auth.sign(request, false);
  return /keyId="([^"]*)"/.exec(request.headers.get('authorization') ?? '')?.[1];
}

/** The lines of a profile that signs. */
const good = ({ fingerprint, keyFile }: OciDirectory): string[] => [
  `user=${USER}`,
  `tenancy=${TENANCY}`,
  `fingerprint=${fingerprint}`,
  `key_file=${keyFile}`,
];

describe('C7: a configuration file as Oracle’s own tools read it', () => {
  it.each<[string, (directory: OciDirectory) => string]>([
    ['line breaks of Windows', (d) => ['[DEFAULT]', ...good(d)].join('\r\n')],
    ['a byte order mark', (d) => `\ufeff${['[DEFAULT]', ...good(d)].join('\n')}`],
    [
      'comments of both kinds',
      (d) => ['; one', '# two', '  ; [THREE]', '[DEFAULT]', '#x', ...good(d)].join('\n'),
    ],
    ['a comment behind the name of a profile', (d) => ['[DEFAULT] #note [x]', ...good(d)].join('\n')],
    [
      'spaces everywhere',
      (d) => ['  [ DEFAULT ]  ; x', ...good(d).map((line) => `\t${line.replace('=', ' = ')}  `)].join('\n'),
    ],
    [
      'colons and capitals',
      (d) =>
        ['[DEFAULT]', ...good(d).map((line) => line.replace('=', ': ').replace('user', 'User'))].join('\n'),
    ],
    [
      'a profile that is not used and cannot be read',
      (d) => ['[B] #note', 'nonsense', '= x', '[C', 'user=x', '[]', 'y', '[DEFAULT]', ...good(d)].join('\n'),
    ],
    ['lines before the first profile', (d) => ['nonsense', 'user=x', '[DEFAULT]', ...good(d)].join('\n')],
    [
      'a header that cannot be read behind the profile',
      (d) => ['[DEFAULT]', ...good(d), '[B #x', 'user=ocid1.user.oc1..other'].join('\n'),
    ],
    [
      'the profile in two parts',
      (d) => ['[DEFAULT]', 'user=x', '[B]', 'user=y', '[DEFAULT]', ...good(d)].join('\n'),
    ],
  ])('C7: is read with %s', async (_, text) => {
    using directory = ociDirectory();
    directory.write('config', text(directory));
    expect(await keyIdOf(await open(directory.configFile))).toBe(
      `${TENANCY}/${USER}/${directory.fingerprint}`,
    );
  });

  it('C7: is read in UTF-16, as an editor on Windows may write it', async () => {
    using directory = ociDirectory();
    const text = ['[DEFAULT]', ...good(directory)].join('\r\n');
    const little = Buffer.from(`\ufeff${text}`, 'utf16le');
    for (const bytes of [little, Buffer.from(little).swap16()]) {
      directory.write('config', bytes);
      expect(await keyIdOf(await open(directory.configFile))).toContain(USER);
    }
  });

  it('C7: names the line of the profile that is used, and never repeats it', async () => {
    using directory = ociDirectory();
    const line = fc
      .string({ unit: fc.constantFrom('s', '3', 'x', ' ', '-', '/', '+'), minLength: 8, maxLength: 30 })
      .filter((text) => text.trim().length >= 8);
    await fc.assert(
      fc.asyncProperty(line, fc.nat(4), async (text, index) => {
        directory.write('config', ['[DEFAULT]', ...good(directory).toSpliced(index, 0, text)].join('\n'));
        const opening = open(directory.configFile);
        await expect(opening).rejects.toThrow(
          `${directory.configFile}, profile DEFAULT, line ${index + 2}: `,
        );
        await expect(opening).rejects.not.toThrow(text.trim());
      }),
    );
  });
});

describe('C7: the variables of the oci command line tool', () => {
  const stranger = [
    '[DEFAULT]',
    'user=ocid1.user.oc1..stranger',
    'tenancy=ocid1.tenancy.oc1..elsewhere',
    `fingerprint=${'ab:'.repeat(15)}ab`,
    'key_file=/nowhere/key.pem',
  ];
  const variables = ({ fingerprint, keyFile }: OciDirectory): Record<string, string> => ({
    OCI_CLI_USER: USER,
    OCI_CLI_TENANCY: TENANCY,
    OCI_CLI_FINGERPRINT: fingerprint,
    OCI_CLI_KEY_FILE: keyFile,
  });

  it('C7: go before the fields of the profile', async () => {
    using directory = ociDirectory();
    directory.configure(stranger);
    const opened = await open(directory.configFile, { environment: variables(directory) });
    expect(await keyIdOf(opened)).toBe(`${TENANCY}/${USER}/${directory.fingerprint}`);
    expect(opened.warnings).toEqual([]);
  });

  it('C7: need no file when they name all', async () => {
    using directory = ociDirectory();
    vi.stubEnv('HOME', join(directory.configFile, '..', 'nobody'));
    try {
      const opened = await open(undefined, { environment: variables(directory) });
      expect(await keyIdOf(opened)).toContain(USER);
      expect(opened.auth.identity).toBe(`the variables OCI_CLI_…, fingerprint ${directory.fingerprint}`);
      await expect(open(undefined)).rejects.toThrow('there is no such file');
      await expect(open(directory.configFile + 'x', { environment: variables(directory) })).rejects.toThrow(
        'there is no such file',
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([(pem: string) => pem, (pem: string) => pem.replaceAll('\n', '\\n')])(
    'C7: may hold the key itself, which goes before every file',
    async (write) => {
      using directory = ociDirectory();
      const pem = write(readFileSync(directory.keyFile, 'utf8'));
      const environment = {
        ...variables(directory),
        OCI_CLI_KEY_FILE: '/nowhere/key.pem',
        OCI_CLI_KEY_CONTENT: pem,
      };
      directory.configure(stranger);
      expect(await keyIdOf(await open(directory.configFile, { environment }))).toContain(USER);
    },
  );

  it('C7: count as unset when they hold spaces only', async () => {
    using directory = ociDirectory();
    const environment = { OCI_CLI_KEY_CONTENT: ' ', OCI_CLI_KEY_FILE: ' ', OCI_CLI_USER: '\t' };
    expect(await keyIdOf(await open(directory.configFile, { environment }))).toContain(USER);
  });

  it('INV-8: are named in an error, and their values are not', async () => {
    using directory = ociDirectory();
    const wrong = {
      OCI_CLI_USER: 'hunter2',
      OCI_CLI_KEY_CONTENT: '-----BEGIN PRIVATE KEY----- hunter2',
      OCI_CLI_PASSPHRASE: 'hunter2',
    };
    for (const [variable, value] of Object.entries(wrong)) {
      if (variable === 'OCI_CLI_PASSPHRASE') continue;
      const opening = open(directory.configFile, {
        environment: { [variable]: value, OCI_CLI_PASSPHRASE: 'hunter2' },
      });
      await expect(opening).rejects.toThrow(`${variable} in the environment`);
      await expect(opening).rejects.not.toThrow('hunter2');
    }
  });
});

describe('C6, C7: a profile of `oci session authenticate`', () => {
  const session = (directory: OciDirectory, ...more: string[]): string[] => [
    '[SESSION]',
    `tenancy=${TENANCY}`,
    `fingerprint=${directory.fingerprint}`,
    `key_file=${directory.keyFile}`,
    `security_token_file=${directory.write('token', 'to.ke.n')}`,
    ...more,
  ];

  it.each<[string, (directory: OciDirectory) => string[]]>([
    ['has a token and no user', (d) => session(d)],
    ['has a token, and its user only from DEFAULT', (d) => ['[DEFAULT]', ...good(d), ...session(d)]],
    ['says so', (d) => session(d, `user=${USER}`, 'authentication_type=security_token')],
  ])('C7: is known by itself when it %s', async (_, lines) => {
    using directory = ociDirectory();
    directory.configure(lines(directory));
    expect(await keyIdOf(await open(directory.configFile, { profile: 'SESSION' }))).toBe('ST$to.ke.n');
  });

  it('C7: is not meant by a token in a profile with a user', async () => {
    using directory = ociDirectory();
    directory.configure(session(directory, `user=${USER}`));
    expect(await keyIdOf(await open(directory.configFile, { profile: 'SESSION' }))).toContain(USER);
  });

  it('C7: is not meant where the environment names a user', async () => {
    using directory = ociDirectory();
    directory.configure(session(directory));
    const environment = { OCI_CLI_USER: USER };
    const opened = await open(directory.configFile, { profile: 'SESSION', environment });
    expect(await keyIdOf(opened)).toBe(`${TENANCY}/${USER}/${directory.fingerprint}`);
  });

  it('C7: may have its token elsewhere', async () => {
    using directory = ociDirectory();
    directory.configure(session(directory));
    const other = directory.write('other', '\ufeffnewer\r\n');
    const environment = { OCI_CLI_SECURITY_TOKEN_FILE: other };
    const opened = await open(directory.configFile, { profile: 'SESSION', environment });
    expect(await keyIdOf(opened)).toBe('ST$newer');
  });

  it('C7: of another kind says which flag to type', async () => {
    using directory = ociDirectory();
    directory.configure(['[DEFAULT]', 'authentication_type=instance_principal', `tenancy=${TENANCY}`]);
    await expect(open(directory.configFile)).rejects.toThrow('say `auth` instance_principal');
  });
});

describe('C7: files that others can read or change', () => {
  it.each([0o644, 0o620, 0o602, 0o666, 0o640])(
    'C7: are each a warning with its remedy: mode %o',
    async (mode) => {
      using directory = ociDirectory();
      const token = directory.write('token', 'to.ke.n');
      directory.configure([
        '[DEFAULT]',
        `tenancy=${TENANCY}`,
        `key_file=${directory.keyFile}`,
        `security_token_file=${token}`,
      ]);
      const files = [directory.configFile, directory.keyFile, token];
      for (const path of files) chmodSync(path, mode);
      const { warnings, auth } = await open(directory.configFile);
      expect(warnings.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual(
        files.map((path) => ({
          type: 'warning',
          code: 'file-exposed',
          message: `${path} can be read or changed by others on this machine: chmod 600 '${path}'`,
        })),
      );
      // Not again each time that the token is read.
      await auth.renew('ST$to.ke.n');
      expect(warnings).toHaveLength(3);
      const environment = { OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING: 'True' };
      expect((await open(directory.configFile, { environment })).warnings).toEqual([]);
    },
  );

  it('C7: have a remedy that can be typed as it is, whatever their name', async () => {
    const directory = mkdtempSync(join(tmpdir(), "oci'test-"));
    using files = ociDirectory();
    try {
      const path = join(directory, 'config');
      files.write(path, ['[DEFAULT]', ...good(files)].join('\n'), 0o644);
      const { warnings } = await open(path);
      expect(JSON.stringify(warnings)).toContain(
        JSON.stringify(`chmod 600 '${path.replaceAll("'", "'\\''")}'`).slice(1, -1),
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
