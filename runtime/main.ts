#!/usr/bin/env node
// Nothing else is imported before the version of Node is known: an old one would fail with a SyntaxError.
import { refuseOldNode } from './node-version.js';

refuseOldNode();
const { enableCompileCache } = await import('node:module');
// The second start of a program that a person waits for takes half the time.
enableCompileCache();
const { main } = await import('./commands/main.ts');
await main(process.argv.slice(2));
