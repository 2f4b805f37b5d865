import { defineConfig } from 'vitest/config';

// After `export OCI_…`, as the emulator prints it, tests would use the streams and credentials of the shell.
for (const name of Object.keys(process.env)) {
  if (/^(OCI_|PRIMARY_STREAM_|SECONDARY_STREAM_|STREAM_PROPERTIES$)/.test(name)) delete process.env[name];
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/compile-cache.ts'],
    // Generous: a test ends when what it waits for has happened, and a loaded machine takes its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // INV-11: a rejection that nobody handles fails the run, in whichever test it comes.
    dangerouslyIgnoreUnhandledErrors: false,
    pool: 'forks',
    // The whole suite is meant for two cores (CONTRIBUTING.md); more workers only make timing noisier.
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['runtime/**/*.ts', 'emulator/**/*.ts', 'infra/**/*.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
});
