import type { ScenarioPlayer } from '../scenario/index.ts';
import { ControlError } from './control-error.ts';

/** The steps that wait for `cue` begin; resolves when those without delay are done. */
export async function giveCue(player: ScenarioPlayer, cue: string): Promise<void> {
  if (!player.cues.includes(cue)) {
    const known = player.cues.length === 0 ? 'it has none' : `there are ${player.cues.join(', ')}`;
    throw new ControlError(400, `${cue} is no cue of the scenario; ${known}`);
  }
  await player.begin(cue);
}
