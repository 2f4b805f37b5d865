import type { Configuration } from '../../infra/configuration.ts';
import { readConfiguration } from '../../infra/read-configuration.ts';

export const compartmentId = 'ocid1.compartment.oc1..aaaaaaaacompartmentoftests';

/** The defaults, but for what the test is about. */
export function exampleConfiguration(texts: Readonly<{ [key: string]: string }> = {}): Configuration {
  return readConfiguration({ compartmentId, ...texts }, 'Pulumi.test.yaml');
}
