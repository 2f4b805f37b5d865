import { scope } from './mutate.config.ts';

/** `npm run mutate`: changes the code in small ways, one at a time, and lists the changes that no test notices. */
export default {
  mutate: [...scope.code, '!runtime/**/index.ts'],
  testRunner: 'vitest',
  plugins: [
    '@stryker-mutator/vitest-runner',
    '@stryker-mutator/typescript-checker',
    './test/mutation/stryker-reporter.ts',
  ],
  // `related` off: coverage per test finds the tests of a mutant better, and faster.
  vitest: { configFile: 'vitest.mutate.config.ts', related: false, pool: scope.pool },
  checkers: ['typescript'],
  tsconfigFile: 'tsconfig.mutate.json',
  typescriptChecker: { prioritizePerformanceOverAccuracy: true },
  // Elsewhere nearly all texts are the words of messages.
  mutator: { excludedMutations: ['core', 'delivery'].includes(scope.name) ? [] : ['StringLiteral'] },
  coverageAnalysis: 'perTest',
  // A mutant is tried again when it or a test that covers it has changed; `--mutate <file>` tries those of one file.
  incremental: true,
  incrementalFile: `reports/mutation-${scope.name}-incremental.json`,
  // A mutant in a table at module level needs a run of its own with every test.
  ignoreStatic: true,
  concurrency: 1,
  timeoutMS: 8_000,
  timeoutFactor: 2,
  tempDirName: `.cache/stryker-${scope.name}`,
  ignorePatterns: ['dist', 'coverage', 'demo', 'infra', 'reports'],
  reporters: ['json', 'html', 'clear-text', 'progress-append-only', 'results'],
  clearTextReporter: { allowColor: false, reportTests: false, reportMutants: true, reportScoreTable: true },
  jsonReporter: { fileName: `reports/mutation-${scope.name}.json` },
  htmlReporter: { fileName: `reports/mutation-${scope.name}.html` },
  thresholds: { high: 95, low: 85, break: 85 },
  disableTypeChecks: true,
};
