import { runCandidate } from './run-candidate';
import { SYNTH_CANDIDATES } from './synth-candidates';

void runCandidate(SYNTH_CANDIDATES, process.argv.slice(2));
