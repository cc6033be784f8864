import { CANDIDATES } from './candidates';
import { runCandidate } from './run-candidate';

void runCandidate(CANDIDATES, process.argv.slice(2));
