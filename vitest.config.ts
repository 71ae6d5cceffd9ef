import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The file is for .ci/run, where a skipped test is a failure.
    ...(process.env.CI
      ? { reporters: ['default', 'json'], outputFile: { json: 'node_modules/.cache/tests.json' } }
      : {}),
  },
});
