import { findEngine } from './find-engine.ts';
import { runProducer } from './run-producer.ts';
import { openStackWorld, primaryRegion } from './stack-world.ts';

// For someone with `pulumi` and no cloud account: the whole thing on two emulated regions, in a directory that is gone
// afterwards. `npm run up:emulator`.

const say = (words: string): void => void process.stdout.write(`${words}\n`);

async function tour(programs: string): Promise<boolean> {
  say('Two regions of OCI Streaming on this machine, and a Pulumi stack of its own: about half a minute.');
  await using world = await openStackWorld(programs);
  const { emulator, stack } = world;
  for (const [region, url] of Object.entries(emulator.regions)) say(`  ${region}  ${url}`);
  const step = (words: string) => say(`\n--- ${words}`);
  const pulumi = async (...parameters: string[]) => {
    say(`$ pulumi ${parameters.join(' ')}`);
    const ran = await stack.run(...parameters);
    say((ran.stdout + ran.stderr).trim());
    return ran.code === 0;
  };
  const produce = async (expected: number) => {
    say('$ npm run producer -- --count 20');
    const ran = await runProducer(world, ['--count', '20', '--close-timeout', '60s']);
    say((ran.stdout + ran.stderr).trim());
    return ran.code === expected;
  };

  step('1. Pulumi makes the primary stream.');
  if (!(await pulumi('up', '--yes', '--skip-preview'))) return false;
  step('2. A producer finds it in the outputs of the stack; no OCID is copied.');
  if (!(await produce(0))) return false;
  step(
    `3. ${primaryRegion} fails: it answers 500 to everything. The producer makes a stream in the other region.`,
  );
  await emulator.setFaults(primaryRegion, { status: 500 });
  if (!(await produce(10))) return false;
  step('4. Nobody ran pulumi, and the outputs know: the producer had them refreshed.');
  if (!(await pulumi('stack', 'output'))) return false;
  step('5. The stack reports that stream and does not own it: an update changes nothing.');
  return await pulumi('up', '--yes', '--expect-no-changes', '--skip-preview', '--suppress-outputs');
}

const programs = findEngine();
if (programs === undefined) {
  process.stderr.write(
    'There is no pulumi here, and this shows what it does. Install it (https://www.pulumi.com/docs/iac/download-install/), or build it from Go modules with .ci/pulumi-cli; then run this again. `npm start` shows a failover without it.\n',
  );
  process.exitCode = 2;
} else {
  const went = await tour(programs);
  say(
    went
      ? '\nDone; everything that was made here is gone again.'
      : '\nThis did not go as it should: see above.',
  );
  process.exitCode = went ? 0 : 1;
}
