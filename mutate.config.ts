/** What `MUTATE=<scope> npm run mutate` changes, and the tests that have to notice. The default scope is `core`. */
const SCOPES = {
  core: { code: ['runtime/core/**/*.ts'], tests: ['test/runtime/core/**/*.test.ts'] },
  delivery: {
    code: ['runtime/producer/**/*.ts', 'runtime/router/**/*.ts'],
    tests: ['test/runtime/{producer,router}/**/*.test.ts'],
  },
  streams: { code: ['runtime/streams/**/*.ts'], tests: ['test/runtime/streams/**/*.test.ts'] },
  consumer: { code: ['runtime/consumer/**/*.ts'], tests: ['test/runtime/consumer/**/*.test.ts'] },
  state: { code: ['runtime/record/**/*.ts'], tests: ['test/runtime/record/**/*.test.ts'] },
};

type ScopeName = keyof typeof SCOPES;

const named = process.env['MUTATE'] ?? 'core';
if (!Object.hasOwn(SCOPES, named)) {
  throw new Error(`MUTATE=${named} is no scope; there are ${Object.keys(SCOPES).join(', ')}.`);
}
const name = named as ScopeName;

export const scope = {
  name,
  ...SCOPES[name],
  /** Tests of the record start processes, and change the working directory, which threads refuse; threads are faster. */
  pool: name === 'state' ? 'forks' : 'threads',
} as const;
