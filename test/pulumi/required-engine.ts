import { findEngine } from './find-engine.ts';

/**
 * The directory of the engine's programs. Without them: undefined and one line that says how to get them; in CI, where
 * these tests must run, an error.
 *
 * @param tests what is skipped, for that line
 */
export function requiredEngine(tests: string): string | undefined {
  const programs = findEngine();
  if (programs !== undefined) return programs;
  const remedy = 'Run .ci/pulumi-cli once to get it.';
  if (process.env['CI'] === 'true')
    throw new Error(`${tests}: there is no pulumi, and in CI these must run. ${remedy}`);
  process.stderr.write(`Skipped for lack of pulumi: ${tests}. ${remedy}\n`);
  return undefined;
}
