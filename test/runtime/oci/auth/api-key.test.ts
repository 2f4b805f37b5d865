import { chmodSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import type { HaEvent } from '../../../../runtime/events.ts';
import { openAuth } from '../../../../runtime/oci/index.ts';
import { ociDirectory, TENANCY, USER } from '../fixtures/oci-directory.ts';
import { expectSilence } from '../fixtures/silent-console.ts';

async function open(configFile: string, { profile = 'DEFAULT', auth = 'api_key' as const } = {}) {
  const events: HaEvent[] = [];
  const opened = await openAuth({ auth, configFile, profile }, (event) => events.push(event), {});
  return { auth: opened, events };
}

/** The one line that a person sees. */
async function problem(configFile: string, options?: Parameters<typeof open>[1]): Promise<string> {
  const error = await open(configFile, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'CONFIG' });
  const { message } = error as Error;
  expect(message).not.toContain('\n');
  return message;
}

const encrypted = (passphrase: string): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();

describe('an API key', () => {
  expectSilence();

  it('C4: is taken from the profile of the file that is named', async () => {
    using directory = ociDirectory();
    const { auth, events } = await open(directory.configFile);
    expect(auth).toMatchObject({
      identity: `profile DEFAULT in ${directory.configFile}, fingerprint ${directory.fingerprint}`,
      tenancy: TENANCY,
      region: 'sa-saopaulo-1',
    });
    expect(events).toEqual([]);
    const request = {
      method: 'GET' as const,
      uri: 'https://x.example/y',
      headers: new Headers({ 'x-date': 'now' }),
    };
    await auth.sign(request, false);
    expect(request.headers.get('authorization')).toContain(
      `keyId="${TENANCY}/${USER}/${directory.fingerprint}"`,
    );
  });

  it('C7: takes from DEFAULT what the profile leaves out, and needs no DEFAULT', async () => {
    using directory = ociDirectory();
    directory.configure([
      '# a comment',
      '[DEFAULT]',
      `tenancy = ${TENANCY}`,
      `fingerprint = ${directory.fingerprint}`,
      '',
      '[OTHER]',
      `user=${USER}`,
      `key_file=${directory.keyFile}`,
    ]);
    expect((await open(directory.configFile, { profile: 'OTHER' })).auth.tenancy).toBe(TENANCY);
    directory.configure([
      '[ALONE]',
      `user=${USER}`,
      `tenancy=${TENANCY}`,
      `fingerprint=${directory.fingerprint}`,
      `key_file=${directory.keyFile}`,
    ]);
    expect((await open(directory.configFile, { profile: 'ALONE' })).auth.tenancy).toBe(TENANCY);
  });

  it('C7: is opened with its pass phrase', async () => {
    using directory = ociDirectory();
    const key = directory.write('locked.pem', encrypted('open sesame'));
    directory.configure([
      '[DEFAULT]',
      `user=${USER}`,
      `tenancy=${TENANCY}`,
      `fingerprint=${directory.fingerprint}`,
      `key_file=${key}`,
      'pass_phrase=open sesame',
    ]);
    const { auth } = await open(directory.configFile);
    const request = {
      method: 'GET' as const,
      uri: 'https://x.example/y',
      headers: new Headers({ 'x-date': 'now' }),
    };
    await auth.sign(request, false);
    expect(request.headers.get('authorization')).toContain('rsa-sha256');
  });

  it('C7: that others can read is a warning', async () => {
    using directory = ociDirectory();
    chmodSync(directory.keyFile, 0o644);
    const { events } = await open(directory.configFile);
    expect(events).toEqual([
      {
        type: 'warning',
        code: 'file-exposed',
        message: `${directory.keyFile} can be read or changed by others on this machine: chmod 600 '${directory.keyFile}'`,
      },
    ]);
  });

  it('C4: whose fingerprint is another is a warning', async () => {
    using directory = ociDirectory();
    const other = Array.from({ length: 16 }, () => 'ab').join(':');
    directory.configure([
      '[DEFAULT]',
      `user=${USER}`,
      `tenancy=${TENANCY}`,
      `fingerprint=${other}`,
      `key_file=${directory.keyFile}`,
    ]);
    const { events } = await open(directory.configFile);
    expect(events).toMatchObject([{ type: 'warning', code: 'fingerprint-differs' }]);
    expect(JSON.stringify(events)).toContain(directory.fingerprint);
  });
});

describe('C7: a configuration that is wrong', () => {
  expectSilence();

  it('C7: names the file that is absent, and how to have one', async () => {
    expect(await problem('/nowhere/config')).toBe(
      'OCI configuration /nowhere/config: there is no such file; name one with `configFile` or OCI_CONFIG_FILE, or make one with `oci setup config`',
    );
  });

  it('C7: names the file that is a directory', async () => {
    expect(await problem('/')).toContain('OCI configuration /: it cannot be read (EISDIR)');
  });

  it('C7: names the profile that is absent, and those that exist', async () => {
    using directory = ociDirectory();
    directory.configure(['[DEFAULT]', '[STAGING]']);
    expect(await problem(directory.configFile, { profile: 'PROD' })).toBe(
      `${directory.configFile}: there is no profile PROD (it has DEFAULT, STAGING); choose one (\`profile\`)`,
    );
    directory.configure([]);
    expect(await problem(directory.configFile)).toContain('there is no profile DEFAULT (it has none)');
  });

  it('C7: names every field that is missing or malformed, and repeats no value', async () => {
    using directory = ociDirectory();
    directory.configure(['[DEFAULT]', 'user=hunter2', `tenancy=${TENANCY}`, 'fingerprint=']);
    const words = await problem(directory.configFile);
    expect(words).toContain(
      `${directory.configFile}, profile DEFAULT: user does not look like ocid1.user.…; fingerprint is missing`,
    );
    expect(words).toContain('key_file is missing');
    expect(words).not.toContain('hunter2');
  });

  it('C7: names the line that is neither a profile nor a field, and does not repeat it', async () => {
    using directory = ociDirectory();
    directory.configure(['[DEFAULT]', 'pass_phrase=half', 'hunter2']);
    const words = await problem(directory.configFile);
    expect(words).toContain(`${directory.configFile}, profile DEFAULT, line 3: neither`);
    expect(words).not.toContain('hunter2');
  });

  it.each([
    ['absent', '/nowhere/key.pem', undefined, 'there is no such file'],
    ['not a PEM', 'text', undefined, 'not a private key in PEM form'],
    ['damaged', '-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n', undefined, 'damaged'],
    [
      'encrypted',
      encrypted('swordfish'),
      undefined,
      'the key is encrypted and the profile has no pass_phrase',
    ],
    ['encrypted otherwise', encrypted('swordfish'), 'hunter2', 'pass_phrase does not open it'],
    [
      'of another kind',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      undefined,
      'a ed25519 key; OCI signs with RSA keys only',
    ],
  ])('C7: names the key that is %s', async (_, key, passphrase, expected) => {
    using directory = ociDirectory();
    const path = key.startsWith('/') ? key : directory.write('other.pem', key);
    directory.configure([
      '[DEFAULT]',
      `user=${USER}`,
      `tenancy=${TENANCY}`,
      `fingerprint=${directory.fingerprint}`,
      `key_file=${path}`,
      ...(passphrase === undefined ? [] : [`pass_phrase=${passphrase}`]),
    ]);
    const words = await problem(directory.configFile);
    expect(words).toContain(`${directory.configFile}, profile DEFAULT, key_file ${path}: ${expected}`);
    expect(words).not.toMatch(/BEGIN PRIVATE|hunter2|swordfish/);
  });
});
