import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { provider } from '@pulumi/pulumi';
import { HaStream } from '../ha-stream.ts';
import type { HaStreamArgs } from '../ha-stream-args.ts';
import { haStreamType, packageSchema } from './schema.ts';

const packageFile = join(import.meta.dirname, '..', '..', 'package.json');
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };

// Serves HaStream to the engine that started this process, and prints its port. Tested: `pulumi package get-schema`,
// and a program that uses the component through this provider (test/pulumi). Not tested, because their language hosts
// are not available there: the SDKs that `pulumi package add` generates for Python, Go and YAML, and a folder with a
// PulumiPlugin.yaml.
await provider.main(
  {
    version,
    schema: packageSchema(version),
    construct: async (name, type, inputs, options) => {
      if (type !== haStreamType) throw new Error(`This provider has no ${type}; it has ${haStreamType}.`);
      // The constructor checks the values; their types are those of the schema.
      const stream = new HaStream(name, inputs as unknown as HaStreamArgs, options);
      const {
        primaryStreamOcid,
        primaryStreamEndpoint,
        secondaryStreamOcid,
        secondaryStreamEndpoint,
        activeRegion,
      } = stream;
      const state = {
        primaryStreamOcid,
        primaryStreamEndpoint,
        secondaryStreamOcid,
        secondaryStreamEndpoint,
        activeRegion,
      };
      return { urn: stream.urn, state };
    },
  },
  process.argv.slice(2),
);
