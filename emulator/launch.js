// Plain JavaScript on purpose: from the second start on the compile cache has what Node made of the TypeScript, and its type
// stripper, 15 MiB and 30 ms, is not loaded at all.
import { refuseOldNode } from './node-version.js';

refuseOldNode();
const { enableCompileCache } = await import('node:module');
enableCompileCache();
await import('./main.ts');
