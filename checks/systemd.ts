import { z } from 'zod';
import {
  couldNotLook,
  couldNotLookFindings,
  defineCheck,
  type Finding,
  fail,
  type Vantage,
  warn,
} from '../src/check.ts';
import { reads, runs, runsAsRoot } from '../src/net/asks.ts';
import { troubleSchema } from '../src/net/schemas.ts';
import {
  bootedArgv,
  endWords,
  isLostAtReboot,
  isRestarting,
  isUnsettled,
  isUp,
  journalArgv,
  parseUnits,
  parseUptime,
  showArgv,
  type Unit,
  unitName,
  unitPattern,
  upSeconds,
  uptimeFile,
} from '../src/net/units.ts';

const options = z.strictObject({
  unit: z
    .string()
    .regex(unitPattern, 'a unit: agent.service, or agent')
    .describe('without a type: a service'),
});

const facts = z.object({
  trouble: troubleSchema.nullable().describe('why systemd could not be asked'),
  load: z.string(),
  active: z.string(),
  sub: z.string(),
  result: z.string().nullable().describe('why it ended, as systemd names it'),
  exitStatus: z.int().nullable().describe('of the main process, when it exited'),
  signal: z.string().nullable().describe('of the main process, when a signal ended it'),
  restarts: z.int().nullable(),
  mainPid: z.int().nullable(),
  unitFileState: z.string().nullable(),
  type: z.string().nullable(),
  ran: z.boolean().describe('its main process has come to an end since the machine was started'),
  conditionMet: z.boolean(),
  wantedBy: z.array(z.string()).describe('units that want, require or hold it'),
  triggeredBy: z.array(z.string()),
  upSeconds: z.number().nullable(),
  earlier: z
    .object({
      active: z.string(),
      sub: z.string(),
      restarts: z.int().nullable(),
      upSeconds: z.number().nullable(),
    })
    .nullable()
    .describe('two seconds before, where it was looked at twice'),
  activeTriggers: z.array(z.string()).describe('of an inactive unit: what waits to start it'),
  journal: z.array(z.string()).describe('its last lines, when it failed or restarts'),
});
type Facts = z.infer<typeof facts>;

const nothing: Facts = {
  trouble: null,
  load: '',
  active: '',
  sub: '',
  result: null,
  exitStatus: null,
  signal: null,
  restarts: null,
  mainPid: null,
  unitFileState: null,
  type: null,
  ran: false,
  conditionMet: true,
  wantedBy: [],
  triggeredBy: [],
  upSeconds: null,
  earlier: null,
  activeTriggers: [],
  journal: [],
};

type Looked = { readonly trouble: Facts['trouble'] } | { readonly unit: Unit; readonly up: number | null };

async function lookAtUnit(vantage: Vantage, name: string): Promise<Looked> {
  const [shown, booted, uptime] = await Promise.all([
    vantage.execute({ argv: showArgv(name) }),
    vantage.execute({ argv: bootedArgv }),
    vantage.readFile({ path: uptimeFile, maxBytes: 128 }),
  ]);
  const [unit] = shown.ok && shown.exitCode === 0 ? parseUnits(shown.stdout) : [];
  if (unit) return { unit, up: upSeconds(unit, uptime.ok ? parseUptime(uptime.text) : null) };
  if (booted.ok && booted.exitCode === 1 && (shown.ok || shown.failure === 'missing')) {
    return { trouble: { failure: 'missing', detail: 'systemd does not run there' } };
  }
  if (!shown.ok) return { trouble: { failure: shown.failure, detail: shown.detail } };
  const said = shown.stderr.split('\n', 1)[0] || 'nothing';
  return { trouble: { failure: 'incomplete', detail: `systemctl ended with ${shown.exitCode}: ${said}` } };
}

const soonArgv = ['sleep', '2'];

const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-20)
    .map((line) => line.slice(0, 500));

export const systemd = defineCheck<z.infer<typeof options>, Facts>({
  kind: 'systemd',
  summary: 'the unit is active, does not restart again and again, and comes back after a reboot',
  options,
  facts,
  label: ({ unit }) => `Unit ${unitName(unit)}`,
  target: ({ unit }) => unitName(unit),

  async look(vantage, { unit: text }) {
    const name = unitName(text);
    let looked = await lookAtUnit(vantage, name);
    let earlier: Facts['earlier'] = null;
    if ('unit' in looked) {
      const { active, sub, restarts, type } = looked.unit;
      const sight = { active, sub, restarts, upSeconds: looked.up };
      if (isUnsettled(sight, type)) {
        await vantage.execute({ argv: soonArgv });
        earlier = sight;
        looked = await lookAtUnit(vantage, name);
      }
    }
    if (!('unit' in looked)) return { ...nothing, trouble: looked.trouble };
    const { activeSince: _, id: __, ...unit } = looked.unit;
    const seen = {
      ...nothing,
      ...unit,
      wantedBy: [...unit.wantedBy],
      triggeredBy: [...unit.triggeredBy],
      upSeconds: looked.up,
      earlier,
    };
    if (unit.active === 'inactive' && unit.triggeredBy.length > 0) {
      const shown = await vantage.execute({ argv: showArgv(...unit.triggeredBy.slice(0, 8)) });
      const triggers = parseUnits(shown.ok ? shown.stdout : '').filter(({ active }) => active === 'active');
      return { ...seen, activeTriggers: triggers.map(({ id }) => id) };
    }
    if (unit.active !== 'failed' && !isRestarting(seen, earlier, [])) return seen;
    // Without permission there are no lines, and the rest holds all the same.
    const lines = await vantage.execute({ argv: journalArgv(name), asRoot: true });
    return { ...seen, journal: lines.ok ? linesOf(lines.stdout) : [] };
  },

  asks: ({ unit }) => [
    runs(showArgv(unitName(unit))),
    runs(bootedArgv),
    reads(uptimeFile),
    runs(soonArgv, 'where its state may be a moment’s, before a second look'),
    runs(showArgv('‹unit that starts it›…'), 'where it is inactive'),
    runsAsRoot(journalArgv(unitName(unit)), 'where it failed or restarts'),
  ],

  judge(facts, { unit: text }) {
    const unit = unitName(text);
    const expected = 'active';
    if (facts.trouble) {
      const finding = couldNotLook({ ok: false, ...facts.trouble }, 'systemd');
      return { findings: [finding], expected, observed: facts.trouble.detail };
    }
    const { load, active, sub, restarts, mainPid, earlier, journal } = facts;
    const state = `${active} (${sub})`;
    const counted = restarts ? `, restarted ${restarts} ${restarts === 1 ? 'time' : 'times'}` : '';
    const found = (code: string, observed: string, values: Finding['values'] = {}) => ({
      findings: [{ code, expected, observed, values: { unit, ...values } }],
      expected,
      observed,
    });
    const passed = (observed: string) => ({ findings: [], expected, observed });
    const ending = {
      result: facts.result,
      exitStatus: facts.exitStatus,
      signal: facts.signal,
      restarts,
      journal,
    };

    if (isRestarting(facts, earlier, journal)) {
      const times = restarts ? `${restarts} ${restarts === 1 ? 'restart' : 'restarts'}` : null;
      const loop =
        active === 'failed'
          ? `gave up after ${times ?? 'its restarts'}`
          : times
            ? `${state}, ${times}`
            : state;
      // Of the run that is going on nothing is known yet.
      const why = endWords(facts);
      return found('systemd.restarting', `${loop}${why === 'success' ? '' : `: ${why}`}`, ending);
    }
    if (isUp(active)) {
      const pid = mainPid === null ? '' : `, pid ${mainPid}`;
      const observed = `${state}${pid}${counted}`;
      if (!isLostAtReboot(facts)) return passed(observed);
      const fileState = load === 'loaded' ? (facts.unitFileState ?? load) : load;
      return found('systemd.disabled', `${observed}, ${fileState}`, { unitFileState: fileState });
    }
    if (load === 'not-found') return found('systemd.not-found', 'no such unit');
    if (load === 'masked') return found('systemd.masked', 'masked');
    if (active === 'failed' || load !== 'loaded') return found('systemd.failed', endWords(facts), ending);
    if (active === 'activating' && facts.type === 'oneshot') return passed(state);
    if (facts.activeTriggers.length > 0) {
      return passed(`${state}, ${facts.activeTriggers.join(' and ')} will start it`);
    }
    if (facts.type === 'oneshot' && facts.ran && facts.result === 'success') {
      return passed(`${state}, ran to its end`);
    }
    const condition = facts.conditionMet ? '' : ', a condition of its start was not met';
    const file = facts.unitFileState === 'disabled' ? ', disabled' : '';
    return found('systemd.inactive', `${state}${condition}${file}`, {
      conditionMet: facts.conditionMet,
      unitFileState: facts.unitFileState,
    });
  },

  provides: {
    unit: ({ trouble, load }) => (trouble || load === 'not-found' ? undefined : true),
  },

  findings: {
    'systemd.not-found': fail('no such unit'),
    'systemd.inactive': fail(({ observed }) => observed ?? 'inactive'),
    'systemd.failed': fail(({ observed }) => `failed: ${observed}`),
    'systemd.restarting': fail(({ observed }) => `restarts again and again: ${observed}`),
    'systemd.masked': fail('masked: it cannot be started'),
    'systemd.disabled': warn(({ values }) => `runs, and will not after a reboot (${values?.unitFileState})`),
    ...couldNotLookFindings,
  },

  docs: `Asks \`systemctl show\` for the unit's state, and reads the last 20 lines of its journal when it failed or restarts.
A unit that is starting, stopping, or was restarted less than a minute ago is looked at again two seconds later.

Inactive is no fault of a unit that an active timer, socket or path will start, nor of a oneshot that ran to its end.
One that is active is warned about when it is disabled and no other unit wants, requires or triggers it. Units of users
(\`systemctl --user\`) are not seen.`,
});
