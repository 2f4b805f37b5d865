import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Programs and threads that tests start would inherit this from Vitest, which sets it for itself while it measures coverage.
delete process.env['NODE_DISABLE_COMPILE_CACHE'];
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'node-compile-cache');
