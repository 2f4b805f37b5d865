import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { movableClock, systemClock } from '../../../emulator/clock.ts';
import { fingerprintOf, makeConfigDirectory } from '../../../emulator/credentials/config-directory.ts';
import { makeIdentities } from '../../../emulator/credentials/identities.ts';

const made = makeIdentities(['DEFAULT'], movableClock(systemClock), undefined);

test('the config file has a profile with the API key and one with the session token', async () => {
  const { identities } = await made;
  const [{ user, key, session }] = identities as [(typeof identities)[number]];
  const directory = makeConfigDirectory();
  onTestFinished(directory.remove);
  const file = directory.writeConfig(identities, 'sa-saopaulo-1');
  const [plain = '', withToken = ''] = readFileSync(file, 'utf8').split('[DEFAULT_SESSION]');
  expect(plain).toContain(`[DEFAULT]\nuser=${user}\nfingerprint=${fingerprintOf(key)}\n`);
  expect(plain).not.toContain('security_token_file');
  const tokenFile = /security_token_file=(.*)/.exec(withToken)?.[1] ?? '';
  expect(readFileSync(tokenFile, 'utf8')).toBe(session.text);
  expect(fingerprintOf(key)).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
});

test.skipIf(process.platform === 'win32')('only this user can read its files', async () => {
  const { identities } = await made;
  const directory = makeConfigDirectory();
  onTestFinished(directory.remove);
  const file = directory.writeConfig(identities, 'sa-saopaulo-1');
  for (const path of [file, join(dirname(file), 'DEFAULT.pem'), join(dirname(file), 'DEFAULT.token')]) {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }
});

test('a temporary directory can be removed, also twice; one that is kept stays', () => {
  const temporary = makeConfigDirectory();
  const certificate = temporary.writeCertificate('PEM');
  temporary.remove();
  temporary.remove();
  expect(existsSync(certificate)).toBe(false);
  const kept = mkdtempSync(join(tmpdir(), 'kept-'));
  onTestFinished(() => rmSync(kept, { recursive: true }));
  makeConfigDirectory(kept).remove();
  expect(existsSync(kept)).toBe(true);
});
