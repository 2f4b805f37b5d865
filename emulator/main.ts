#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Stripping types and compiling are a third of the start-up; the second start finds the result.
enableCompileCache();
const { run } = await import('./commands/index.ts');
process.exitCode = await run(process.argv.slice(2));
