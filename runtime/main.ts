#!/usr/bin/env node
import { refuseOldNode } from './node-version.js';

// Nothing else is imported before the version of Node is known: an old one would fail with a SyntaxError.

refuseOldNode();
const { enableCompileCache } = await import('node:module');
// The second start of a program that a person waits for takes half the time.
enableCompileCache();
const { main } = await import('./commands/command-line.ts');
await main(process.argv.slice(2));
