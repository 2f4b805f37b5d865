#!/usr/bin/env node
// Nothing else is imported before the version of Node is known: an old one would fail with a SyntaxError.
import { refuseOldNode } from './node-version.js';

refuseOldNode();
const { enableCompileCache } = await import('node:module');
// Stripping types and compiling are a third of the start-up; the second start finds the result.
enableCompileCache();
const { run } = await import('./commands/run.ts');
process.exitCode = await run(process.argv.slice(2));
