import { readFileSync } from 'node:fs';
import { text, type ControlReply } from '../reply.ts';

const TYPES = {
  'page.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
} as const;

/** A file of the page at the control address. It needs no other network than this listener, and no build step. */
export function pageFile(name: keyof typeof TYPES): ControlReply {
  return text(TYPES[name], readFileSync(new URL(name, import.meta.url), 'utf8'));
}
