/** What a look at nginx may ask: of the one that runs, of its files, and of where a route ends. */
import type { Ask } from '../../check.ts';
import { onlyWhen, resolves, runs, runsAsRoot } from '../asks.ts';
import { engines, inspectAsks, lastLogAsks, placeAsks } from '../containers.ts';
import { processesOfAsks } from '../inside.ts';
import { unitStateAsks } from '../keepers.ts';
import { socketAsks } from '../listener.ts';
import { executablesArgv } from '../processes.ts';
import { openedArgv } from './creates.ts';
import { askingNginx } from './dump.ts';
import { errorsAsks } from './evidence.ts';
import { configurationFilesAsks, timesAsks } from './files.ts';
import { sinceArgv } from './masters.ts';
import { serversAsks } from './resolve.ts';
import type { RouteAsked } from './route-look.ts';
import { certificateAsks } from './served-certificates.ts';
import { ownAddressesAsks } from './target.ts';

const program = '‹program of nginx›';

export function configurationAsks(container: string | null, unit: string | null): Ask[] {
  const places = container === null ? [null] : engines.map((engine) => ({ engine, name: container }));
  const asking = (...args: string[]) =>
    places.map((place) => runsAsRoot(askingNginx(place, program, ...args)));
  const opened = openedArgv(['‹what nginx opens›…']);
  return [
    ...placeAsks(container),
    ...processesOfAsks(container),
    runsAsRoot(executablesArgv),
    runs(['id', '-u']),
    runsAsRoot(sinceArgv(['‹pid›…'])),
    ...(container === null
      ? [runs(askingNginx(null, program, '-V')), runs(askingNginx(null, 'nginx', '-V'), 'where none runs')]
      : asking('-V')),
    ...onlyWhen('where several run', socketAsks(null, container)),
    ...configurationFilesAsks(container),
    ...(container === null
      ? onlyWhen('where none runs', unitStateAsks(unit ?? 'nginx.service'))
      : lastLogAsks(container)),
    ...timesAsks(container),
    ...places.map((place) => runsAsRoot(place ? [place.engine, 'exec', place.name, ...opened] : opened)),
    ...onlyWhen('where it runs and all that it opens is there', asking('-T', '‹its own arguments›…')),
  ];
}

export function routeAsks(container: string | null, { target, port }: RouteAsked): Ask[] {
  const service = target?.sameHost && target.container !== null ? inspectAsks(target.container) : [];
  const elsewhere = target && !target.sameHost && target.address !== null ? [resolves(target.address)] : [];
  const silent = 'where the endpoint cannot be used';
  return [
    ...service,
    ...(target?.sameHost ? ownAddressesAsks : []),
    ...elsewhere,
    ...serversAsks(container),
    ...onlyWhen('over TLS', certificateAsks(container)),
    {
      operation: 'handshake',
      host: '‹server that it forwards to›',
      port: target?.port ?? port,
      when: silent,
    },
    ...errorsAsks(container),
  ];
}
