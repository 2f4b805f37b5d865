import * as fc from 'fast-check';

const revoked = Proxy.revocable({}, {});
revoked.revoke();
/** What cannot even be turned into text. */
export const wordless = {
  toString(): string {
    throw new Error('no words');
  },
};

/** What code can throw: anything. By function, because fast-check itself looks at values. */
const thrown: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.anything().map((value) => () => value),
  fc.string().map((message) => () => new TypeError(message)),
  fc.constantFrom<() => unknown>(
    () => undefined,
    () => Symbol('s'),
    () => Object.create(null),
    () => revoked.proxy,
    () => wordless,
    () => ({ ok: true }),
    () => ({ ok: false }),
  ),
);

export interface Misbehaviour {
  readonly how: 'throws' | 'rejects' | 'answers' | 'hangs';
  readonly value: () => unknown;
  /** How many calls it befalls, and how many before go well. */
  readonly times: number;
  readonly after: number;
}

export const misbehaviour: fc.Arbitrary<Misbehaviour> = fc.record({
  how: fc.constantFrom('throws' as const, 'rejects' as const, 'answers' as const, 'hangs' as const),
  value: thrown,
  times: fc.constantFrom(1, 3, Infinity),
  after: fc.nat(4),
});

/** Replaces a method by one that does as told, at the calls that it is told of. */
export function misbehave(target: object, method: string, { how, value, times, after }: Misbehaviour): void {
  const methods = target as Record<string, (...parameters: unknown[]) => unknown>;
  const original = methods[method]!.bind(target);
  let calls = 0;
  methods[method] = (...parameters) => {
    const number = calls++;
    if (number < after || number >= after + times) return original(...parameters);
    switch (how) {
      case 'throws':
        throw value();
      case 'rejects':
        return Promise.reject(value());
      case 'answers':
        return value();
      case 'hangs':
        return new Promise(() => {});
    }
  };
}
