import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { EmulatedWorld, SAO_PAULO } from '../support/emulated-world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a program of a user's looks like, by its file. */
const PROGRAMS = {
  'module.ts': `
    import { errorCodes, eventTypes, isHaError, openConsumer, openManager, openProducer, warningCodes } from 'oci-streaming-ha';
    import type { HaEvent, ProducerOptions, Receipt, StreamConsumer, StreamManager, StreamProducer } from 'oci-streaming-ha';
    import { startEmulator } from 'oci-streaming-ha/emulator';
    type Opened = StreamConsumer | StreamManager | StreamProducer;
    const opened: (() => Promise<Opened>)[] = [() => openManager(), () => openProducer(), () => openConsumer()];
    const options: ProducerOptions = { lanes: 0 };
    const words = (event: HaEvent): string => (event.type === 'warning' ? warningCodes[event.code] : eventTypes[event.type]);
    const error = await openProducer(options, { environment: {}, listener: words }).catch((e: unknown) => e);
    const emulator = await startEmulator();
    const stream = await emulator.createStream('sa-saopaulo-1', 'orders');
    const files = ['/', '/page.css', '/page.js'].map((path) => fetch(emulator.control + path));
    const page = (await Promise.all(files)).map(({ status }) => status).join(' ');
    await emulator.close();
    const receipt: Receipt | undefined = undefined;
    console.log(opened.length, errorCodes.includes('CONFIG'), isHaError(error) && error.code, receipt, page, stream.ocid.split('.')[1]);
    `,
  'refused.ts': `
    import { openConsumer, openProducer } from 'oci-streaming-ha';
    const misspelt = { maxAtempts: 5, lanes: 8 };
    // @ts-expect-error
    void openProducer({ maxAtempts: 5 });
    // @ts-expect-error
    void openProducer(misspelt);
    // @ts-expect-error
    void openProducer({ requestTimeoutMs: 'soon' });
    // @ts-expect-error
    void openConsumer({ lanes: 8 });
    `,
  'editor.ts': `
    import { openConsumer, openProducer } from 'oci-streaming-ha';
    void openProducer({ maxAttempts: 5 });
    void openConsumer({ group: 'billing' });
    `,
  'common.cjs': `
    const { HaError, openProducer } = require('oci-streaming-ha');
    openProducer({ lanes: 0 }, { environment: {} }).catch((error) => console.log(error instanceof HaError, error.code));
    `,
  'sends.mjs': `
    import { isHaError, openProducer } from 'oci-streaming-ha';
    async function main() {
      const producer = await openProducer({ requestTimeoutMs: 20_000 });
      const { region } = await producer.send({ value: 'from a bundle' });
      const refused = await producer.send(null).catch((error) => error);
      await producer.close();
      console.log(region, isHaError(refused), refused.code);
    }
    main();
    `,
} as const;

let project = '';

/**
 * What npm does with a tarball, without asking a registry: unpacked below node_modules, with the dependencies that it names
 * beside it.
 */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'oci-ha-package-'));
  const modules = join(project, 'node_modules');
  const installed = join(modules, 'oci-streaming-ha');
  await mkdir(installed, { recursive: true });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: root, stdio: 'pipe' });
  const tarball = (await readdir(project)).find((name) => name.endsWith('.tgz')) ?? '';
  execFileSync('tar', ['-xzf', join(project, tarball), '--strip-components=1', '-C', installed]);
  const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), '@types/node', 'undici-types']) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const [file, text] of Object.entries(PROGRAMS)) await writeFile(join(project, file), text);
}, 120_000);

afterAll(() => rm(project, { recursive: true, force: true }));

test('the packed tarball holds what runs, the list of events, and nothing else', async () => {
  const files = await readdir(join(project, 'node_modules', 'oci-streaming-ha'));
  expect(files.toSorted((a, b) => a.localeCompare(b))).toEqual([
    'dist',
    'docs',
    'LICENSE',
    'package.json',
    'README.md',
  ]);
});

describe('the types of the packed package', () => {
  /** What an editor asks. */
  function editor(): ts.LanguageService {
    return ts.createLanguageService({
      ...ts.sys,
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      getScriptFileNames: () => Object.keys(PROGRAMS).map((file) => join(project, file)),
      getScriptVersion: () => '1',
      getScriptSnapshot: (file) => {
        const text = ts.sys.readFile(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => project,
      getCompilationSettings: () => ({
        module: ts.ModuleKind.NodeNext,
        target: ts.ScriptTarget.ES2023,
        lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
        strict: true,
        skipLibCheck: true,
        types: ['node'],
      }),
      getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    });
  }

  test('let a program compile, and no option that is misspelt, mistyped or for the other end', () => {
    const service = editor();
    for (const file of ['module.ts', 'refused.ts', 'editor.ts']) {
      const found = service.getSemanticDiagnostics(join(project, file));
      expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
    }
  });

  test.each([
    ['maxAttempts', 'the first included.\n\n1..20; default 5.'],
    ['group', 'Consumer group.\n\n1..255 of A-Z'],
  ])('show the comment of the option %s in an editor', (option, words) => {
    const service = editor();
    const file = join(project, 'editor.ts');
    const at = PROGRAMS['editor.ts'].indexOf(`${option}:`);
    const hover = service.getQuickInfoAtPosition(file, at);
    expect(ts.displayPartsToString(hover?.documentation)).toContain(words);
    const completion = service.getCompletionEntryDetails(file, at, option, {}, undefined, {}, undefined);
    expect(ts.displayPartsToString(completion?.documentation)).toContain(words);
  });
});

const NODE_22 = process.env['NODE_22'];
if (NODE_22 === undefined) {
  // Said once, so that nobody takes it for proven.
  process.stderr.write('tarball.test.ts: Node 22 is not tried; set NODE_22 to its path (.ci/run does).\n');
}
const nodes = [['this Node', process.execPath] as const, ...(NODE_22 ? [['Node 22', NODE_22] as const] : [])];

describe.each(nodes)('under %s', (_, node) => {
  test('a module imports it', () => {
    const output = execFileSync(node, ['module.ts'], { cwd: project, encoding: 'utf8' });
    expect(output).toBe('3 true CONFIG undefined 200 200 200 stream\n');
  });

  test('CommonJS requires it, without a warning', () => {
    const { status, stdout, stderr } = spawnSync(node, ['common.cjs'], { cwd: project, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'true CONFIG\n', stderr: '' });
  });

  /** esbuild with the flags that the README gives. */
  test.each([
    ['cjs', 'external'],
    ['esm', 'external'],
    ['cjs', 'whole'],
    ['esm', 'whole'],
  ] as const)('what esbuild makes as %s with the package %s sends a message', async (format, packaged) => {
    const bundle = `bundle-${format}-${packaged}.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const flags = [
      '--bundle',
      '--platform=node',
      `--format=${format}`,
      '--log-level=error',
      ...(packaged === 'external' ? ['--packages=external'] : []),
      ...(packaged === 'whole' && format === 'esm' ? [await bannerOfReadme()] : []),
    ];
    const esbuild = createRequire(import.meta.url).resolve('esbuild/bin/esbuild');
    execFileSync(esbuild, ['sends.mjs', ...flags, `--outfile=${bundle}`], { cwd: project, stdio: 'pipe' });
    await using world = await EmulatedWorld.start();
    const { stdout } = await promisify(execFile)(node, [bundle], { cwd: project, env: world.environment });
    expect(stdout).toBe(`${SAO_PAULO} true BAD_MESSAGE\n`);
    expect(world.texts(SAO_PAULO)).toEqual(['from a bundle']);
  });
});

async function bannerOfReadme(): Promise<string> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  return (
    /`(--banner:js=)"([^`]*)"`/.exec(readme)?.slice(1).join('') ?? expect.fail('the README names no banner')
  );
}
