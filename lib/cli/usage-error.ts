/**
 * The user asked for something impossible, or an input cannot be read. The message is one line that names the
 * place and says what was expected; the command ends with exit code 2 and no stack trace.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
