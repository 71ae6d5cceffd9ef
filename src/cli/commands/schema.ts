/** `schema`: JSON Schema of the configuration and of the report, for editors and programs. */
import { Argument, type Command } from 'commander';
import { printOut } from '../print.ts';

export function addSchema(program: Command): void {
  program
    .command('schema')
    .description('JSON Schema of the configuration or of the report')
    .addArgument(new Argument('<what>').choices(['config', 'report']))
    .action(async (what: 'config' | 'report') => {
      const schema = what === 'config' ? await configSchema() : await reportSchema();
      await printOut(`${JSON.stringify(schema, null, 2)}\n`);
    });
}

async function configSchema(): Promise<object> {
  const { configJsonSchema } = await import('../../config/schema.ts');
  return configJsonSchema();
}

async function reportSchema(): Promise<object> {
  const { reportJsonSchema } = await import('../../report/json-schema.ts');
  const { registry } = await import('../../registry.ts');
  return reportJsonSchema(
    Object.fromEntries(Object.entries(registry).map(([kind, { facts }]) => [kind, facts])),
  );
}
