import { configurationKeys, describeKey, type KeyDescription } from '../configuration.ts';

const packageName = 'oci-streaming-ha';
export const haStreamType = `${packageName}:infra:HaStream`;

const outputs = {
  primaryStreamOcid: 'OCID of the primary; absent when it is known to be gone.',
  primaryStreamEndpoint: 'Where messages of the primary are written and read.',
  secondaryStreamOcid:
    'OCID of the secondary, created by the stack or the runtime; absent until there is one.',
  secondaryStreamEndpoint: 'Where messages of the secondary are written and read.',
  activeRegion: 'The region that new messages go to.',
};

/**
 * Pulumi generates the SDKs for Python, Go, .NET, Java and YAML from this schema:
 * https://www.pulumi.com/docs/iac/extending-pulumi/schema/.
 */
export function packageSchema(version: string): string {
  const inputs = configurationKeys.map((key) => [key, inputSchema(describeKey(key))]);
  const recordFile = {
    type: 'string',
    description: 'Path of the stream.properties of the programs that write here.',
  };
  const told = Object.entries(outputs).map(([name, description]) => [name, { type: 'string', description }]);
  return JSON.stringify({
    name: packageName,
    version,
    displayName: 'OCI Streaming HA',
    description: 'An OCI stream that survives the loss of its region',
    license: 'Apache-2.0',
    resources: {
      [haStreamType]: {
        isComponent: true,
        description:
          'The primary stream, its warm standby when there is one, who may use them, and alarms on them.',
        inputProperties: { ...Object.fromEntries(inputs), recordFile },
        requiredInputs: ['compartmentId'],
        properties: Object.fromEntries(told),
      },
    },
  });
}

function inputSchema({ type, description }: KeyDescription) {
  if (type !== 'object') return { type, description };
  return { type, additionalProperties: { $ref: 'pulumi.json#/Any' }, description };
}
