import { declareStack } from './program.ts';

// The Pulumi program. Its named exports are the stack's outputs, so this door has nothing else to offer.

const { built, ...rest } = await declareStack();

export const { primaryStreamOcid, primaryStreamEndpoint, secondaryStreamOcid, secondaryStreamEndpoint } =
  built;
export const { primaryRegion, secondaryRegion, activeRegion, compartmentId } = rest;
