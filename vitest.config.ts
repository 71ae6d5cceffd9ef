import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // RECORD makes fixtures anew instead of testing: see CONTRIBUTING.md.
    include: [process.env.RECORD ? 'test/**/*.record.ts' : 'test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The file is for .ci/run, where a skipped test is a failure.
    ...(process.env.CI
      ? { reporters: ['default', 'json'], outputFile: { json: 'node_modules/.cache/tests.json' } }
      : {}),
  },
});
