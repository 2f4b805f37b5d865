import { findEngine } from './find-engine.ts';
import { runProducer } from './run-producer.ts';
import { openStackWorld, primaryRegion } from './stack-world.ts';

// For someone with `pulumi` and no cloud account: the whole thing on two emulated regions, in a directory that is gone
// afterwards. `npm run up:emulator`.

const say = (words: string): void => void process.stdout.write(`${words}\n`);

async function tour(programs: string): Promise<boolean> {
  await using world = await openStackWorld(programs);
  const { emulator, stack } = world;
  const pulumi = async (...parameters: string[]) => {
    say(`\n$ pulumi ${parameters.join(' ')}`);
    const ran = await stack.run(...parameters);
    say((ran.stdout + ran.stderr).trim());
    return ran.code === 0;
  };
  const produce = async (expected: number) => {
    say('\n$ npm run producer -- --count 20');
    const ran = await runProducer(world, '--count', '20');
    say((ran.stdout + ran.stderr).trim());
    return ran.code === expected;
  };

  say(`Two regions of OCI Streaming run here: ${Object.values(emulator.regions).join(', ')}.`);
  const isUp = await pulumi('up', '--yes', '--skip-preview');
  if (!isUp || !(await produce(0))) return false;

  say(`\nNow ${primaryRegion} answers 500 to everything.`);
  await emulator.setFaults(primaryRegion, { status: 500 });
  if (!(await produce(10))) return false;

  say('\nThe runtime made the secondary. The stack finds it, and changes nothing:');
  return (await pulumi('up', '--yes', '--skip-preview')) && (await pulumi('stack', 'output', '--json'));
}

const programs = findEngine();
if (programs === undefined) {
  process.stderr.write(
    'There is no pulumi on this machine. Install it, or build it from Go modules: .ci/pulumi-cli\n',
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
