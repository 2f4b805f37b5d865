import type { LookupAddress } from 'node:dns';

import { describe, expect, it } from 'vitest';

import { Resolver, type Lookup } from '../../../../runtime/oci/http/resolver.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const LIMIT_MS = 2_000;
const ADDRESSES: LookupAddress[] = [
  { address: '10.0.0.1', family: 4 },
  { address: 'fd00::1', family: 6 },
];

interface Asked {
  readonly hostname: string;
  answer(addresses?: LookupAddress[]): void;
  fail(code: string): void;
}

function world() {
  const clock = new VirtualClock();
  const asked: Asked[] = [];
  const ask: Lookup = (hostname, done) =>
    void asked.push({
      hostname,
      answer: (addresses = ADDRESSES) => done(null, addresses),
      fail: (code) => done(Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), { code }), []),
    });
  const resolver = new Resolver(LIMIT_MS, clock, ask);
  /** What `net.connect` would be given, or the code of the error. */
  const lookup = (hostname: string, options: { all?: boolean; family?: number } = { all: true }) =>
    new Promise<unknown>((resolve) => {
      resolver.lookup(hostname, options, (error, address, family) => {
        resolve(error === null ? (family === undefined ? address : { address, family }) : error.code);
      });
    });
  return { clock, asked, lookup };
}

describe('A21: the names of a region', () => {
  it('A21: are asked for once at a time, however many connections wait', async () => {
    const { asked, lookup } = world();
    const all = Promise.all(Array.from({ length: 64 }, () => lookup('one.example')));
    const other = lookup('two.example');
    expect(asked.map(({ hostname }) => hostname)).toEqual(['one.example']);
    asked[0]!.answer();
    expect(new Set(await all)).toEqual(new Set([ADDRESSES]));
    expect(asked.map(({ hostname }) => hostname)).toEqual(['one.example', 'two.example']);
    asked[1]!.fail('ENOTFOUND');
    expect(await other).toBe('ENOTFOUND');
  });

  it('A21: are waited for until three quarters of the limit, then the failure is one of the name', async () => {
    const { clock, asked, lookup } = world();
    let ended: unknown;
    void lookup('slow.example').then((outcome) => (ended = outcome));
    await clock.pass(1_499);
    expect(ended).toBeUndefined();
    await clock.pass(1);
    expect(ended).toBe('DNS_TIMEOUT');
    // The lookup still hangs: nobody starts another one beside it.
    void lookup('slow.example');
    void lookup('other.example');
    await clock.pass(10_000);
    expect(asked).toHaveLength(1);
    // All have given up by now, so that nobody is asked for when the thread is free again.
    asked[0]!.fail('EAI_AGAIN');
    expect(asked).toHaveLength(1);
    const next = lookup('slow.example');
    asked[1]!.answer();
    expect(await next).toEqual(ADDRESSES);
  });

  it('A21: that were known before are used when the lookup fails', async () => {
    const { asked, lookup } = world();
    const first = lookup('one.example');
    asked[0]!.answer();
    await first;
    const second = lookup('one.example');
    asked[1]!.fail('EAI_AGAIN');
    expect(await second).toEqual(ADDRESSES);
  });

  it('A21: that were known before are used when the lookup is slow, at once while it hangs', async () => {
    const { clock, asked, lookup } = world();
    const first = lookup('one.example');
    asked[0]!.answer();
    await first;
    let ended = 0;
    const count = (): number => ended++;
    void lookup('one.example').then(count);
    await clock.pass(499);
    expect(ended).toBe(0);
    await clock.pass(1);
    expect(ended).toBe(1);
    void lookup('one.example').then(count);
    await clock.pass(0);
    expect(ended).toBe(2);
    expect(asked).toHaveLength(2);
  });

  it('A21: are asked for again with each connection, and the newest addresses count', async () => {
    const { asked, lookup } = world();
    const moved = [{ address: '10.9.9.9', family: 4 }];
    const first = lookup('one.example');
    asked[0]!.answer();
    await first;
    const second = lookup('one.example');
    asked[1]!.answer(moved);
    expect(await second).toEqual(moved);
    const third = lookup('one.example');
    asked[2]!.fail('ENOTFOUND');
    expect(await third).toEqual(moved);
  });

  it('A21: are given in the form that Node asks for', async () => {
    const { asked, lookup } = world();
    const wanted = [lookup('x', { all: true, family: 6 }), lookup('x', { family: 4 }), lookup('x', {})];
    asked[0]!.answer();
    expect(await Promise.all(wanted)).toEqual([
      [ADDRESSES[1]],
      { address: '10.0.0.1', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ]);
  });
});
