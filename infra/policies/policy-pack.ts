import {
  PolicyPack,
  type PolicyConfigSchema,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
} from '@pulumi/policy';
import { protectProblem, publicAccessProblem, retentionProblem, standbyProblems } from './rules.ts';

const defaultHours = 24;
const hoursSchema: PolicyConfigSchema['properties'][string] = {
  type: 'integer',
  minimum: 24,
  maximum: 168,
  default: defaultHours,
};
const stacksSchema: PolicyConfigSchema['properties'][string] = { type: 'string', default: '^prod' };

function ofResource(
  name: string,
  description: string,
  problem: (args: ResourceValidationArgs) => string | undefined,
  more: Partial<ResourceValidationPolicy> = {},
): ResourceValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: 'mandatory',
    validateResource: (args, report) => {
      const words = problem(args);
      if (words !== undefined) report(words);
    },
    ...more,
  };
}

// Serves the rules to the engine that started this process, and prints its port.
export const policyPack = new PolicyPack('oci-streaming-ha', {
  policies: [
    ofResource('protected', 'Streams and pools are protected.', protectProblem),
    ofResource(
      'retention',
      'Streams keep messages long enough for consumers to come back.',
      (args) => retentionProblem(args, args.getConfig<{ hours?: number }>().hours ?? defaultHours),
      { configSchema: { properties: { hours: hoursSchema } } },
    ),
    ofResource('no-public-access', 'No policy statement lets everybody in.', publicAccessProblem),
    {
      name: 'warm-standby-in-production',
      description: 'A stack in production has a warm standby.',
      enforcementLevel: 'mandatory',
      configSchema: { properties: { stacks: stacksSchema } },
      validateStack: (args, report) => {
        const { stacks = '^prod' } = args.getConfig<{ stacks?: string }>();
        for (const { urn, problem } of standbyProblems(args.resources, new RegExp(stacks)))
          report(problem, urn);
      },
    },
  ],
});
