import { beforeAll, inject } from 'vitest';

/** A process that a test starts has the mutant as well: instrumented code takes it from this variable. */
beforeAll(() => {
  const given = inject as (key: string) => unknown;
  const mutant = given('activeMutant');
  if (given('mode') === 'mutant' && typeof mutant === 'string') {
    process.env['__STRYKER_ACTIVE_MUTANT__'] = mutant;
  }
});
