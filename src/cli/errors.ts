/** The command line or the configuration is wrong: nothing was run, exit code 2. One message an error. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly messages: readonly string[];
  constructor(messages: readonly string[]) {
    super(messages.join('\n'));
    this.messages = messages;
  }
}
