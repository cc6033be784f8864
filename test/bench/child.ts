import { CANDIDATES } from './candidates';

/** One measurement: `child.js CANDIDATE INPUT` prints milliseconds, resident megabytes and the checksum. */
async function measure(name: string, input: string): Promise<void> {
  const candidate = CANDIDATES[name];
  if (!candidate) throw new Error(`no candidate ${name}`);
  const started = performance.now();
  const checksum = await candidate(input);
  const millis = performance.now() - started;
  const residentMegabytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ millis, residentMegabytes, checksum })}\n`);
}

void measure(process.argv[2] ?? '', process.argv[3] ?? '');
