import type { ScenarioPlayer } from '../scenario/index.ts';
import { ControlError } from './control-error.ts';

/** The steps that wait for `cue` begin; gives it back. */
export function giveCue(player: ScenarioPlayer, cue: string): { readonly cue: string } {
  if (!player.cues.includes(cue)) {
    const known = player.cues.length === 0 ? 'it has none' : `there are ${player.cues.join(', ')}`;
    throw new ControlError(400, `${cue} is no cue of the scenario; ${known}`);
  }
  player.begin(cue);
  return { cue };
}
