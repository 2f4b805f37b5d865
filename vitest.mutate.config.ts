import { readFileSync } from 'node:fs';

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

import { scope } from './mutate.config.ts';

/** The first failure ends the run of a mutant, so tests of properties, which take seconds, come last. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification): boolean =>
      readFileSync(moduleId, 'utf8').includes("'fast-check'");
    return files.toSorted((a, b) => Number(isSlow(a)) - Number(isSlow(b)));
  }
}

/** What mutants are run against: tests that need no port and no program of another language. */
export default defineConfig({
  test: {
    include: scope.tests,
    exclude: [
      'test/runtime/consumer/*over-http.test.ts',
      'test/runtime/record/java.test.ts',
      // Hours of traffic: seconds for each mutant, and on a busy machine a time-out that looks like a kill.
      'test/runtime/router/{partitions,random-errors,storms,verdict-time}.test.ts',
      'test/runtime/consumer/any-schedule.test.ts',
    ],
    // A mutant that never answers is found by the test, which is cheaper than a worker that Stryker has to end.
    testTimeout: 15_000,
    hookTimeout: 15_000,
    sequence: { sequencer: QuickFirst },
    pool: scope.pool,
    // Without isolation modules are loaded once, and a mutant costs a fraction. The tests of the record start children.
    isolate: scope.name === 'state',
    setupFiles: ['test/mutate-properties.ts', ...(scope.name === 'state' ? ['test/mutate-children.ts'] : [])],
  },
});
