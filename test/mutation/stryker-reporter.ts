import { commitNow, keepMutationResults, resultOf, type Mutant } from './mutation-results.ts';
import { writePage } from '../simulation/page.ts';
import { readResults } from '../simulation/results.ts';

interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

/** Keeps what `npm run mutate` found, and writes docs/verified.md. */
class ResultsReporter {
  onMutationTestReportReady({ files }: Report): void {
    const commit = commitNow();
    const found = Object.entries(files).flatMap(([path, { source, mutants }]) => {
      const result = resultOf(source, mutants, commit);
      return result === undefined ? [] : [[path, result] as const];
    });
    keepMutationResults(Object.fromEntries(found));
    writePage(readResults());
  }
}

/** As `declareClassPlugin` of @stryker-mutator/api makes it. */
export const strykerPlugins = [{ kind: 'Reporter', name: 'results', injectableClass: ResultsReporter }];
