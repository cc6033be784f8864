/** Reads the whole input and returns a checksum of its result, so that no work can be optimized away. */
export type Candidate = (input: string) => Promise<number>;

/** One measurement: `child.js CANDIDATE INPUT` prints milliseconds, resident megabytes and the checksum. */
export async function runCandidate(
  candidates: Readonly<Record<string, Candidate>>,
  [name = '', input = '']: readonly string[],
): Promise<void> {
  const candidate = candidates[name];
  if (!candidate) throw new Error(`no candidate ${name}`);
  const started = performance.now();
  const checksum = await candidate(input);
  const millis = performance.now() - started;
  const residentMegabytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ millis, residentMegabytes, checksum })}\n`);
}
