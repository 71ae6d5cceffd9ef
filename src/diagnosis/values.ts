/** What a cause's texts are filled with: what is known of its subject, of where it was seen, and its finding's own values. */
import { shellWord } from '../net/shell-word.ts';
import type { Result } from '../report/report.ts';
import type { Candidate } from './candidate.ts';
import { factsOf } from './facts.ts';
import { changeValues, placeOf, urlValues, wayInto } from './places.ts';
import {
  configurationRow,
  destination,
  endpointsThrough,
  routeRow,
  serviceRow,
  subjectOf,
  type View,
} from './view.ts';
import type { Values } from './words.ts';

type Found = Record<string, unknown>;

export function valuesFor(view: View, candidate: Candidate): Values {
  const { kind, name } = subjectOf(candidate.subject);
  const given = Object.fromEntries(
    Object.entries(candidate.values).filter(([, value]) => value !== null && value !== undefined),
  );
  const ofSubject = aboutSubject(view, candidate, kind, name);
  // Its rows are asked on its own host, where every service is called localhost.
  const isOwnPort = kind === 'service' && candidate.port !== null;
  const called = isOwnPort ? { target: `${name} port ${candidate.port} on ${ofSubject.host}` } : {};
  return {
    name,
    subject: candidate.subject,
    subjectKind: kind,
    kind: view.results.find(({ id }) => id === candidate.because[0])?.kind,
    ...placeOf(given.target),
    ...urlValues(given.target),
    ...(candidate.port === null ? {} : { port: candidate.port }),
    ...ofSubject,
    ...(typeof given.redirect === 'string' ? { address: given.redirect, servername: given.redirect } : {}),
    ...seenFrom(view, candidate.vantages),
    ...given,
    ...changeValues(given),
    ...(typeof given.pattern === 'string' ? { patternword: shellWord(given.pattern) } : {}),
    ...called,
  };
}

function aboutSubject(view: View, candidate: Candidate, kind: string, name: string): Found {
  switch (kind) {
    case 'endpoint':
      return aboutEndpoint(view, name);
    case 'service':
      return aboutService(view, name);
    case 'proxy':
      return { ...aboutProxy(view, name), ...through(view, candidate) };
    case 'host':
      return { host: name, ...wayInto(addressOf(view, name), candidate.values), ...onHost(view, name) };
    default:
      return {};
  }
}

function aboutEndpoint(view: View, name: string): Found {
  const endpoint = view.topology.endpoints[name];
  if (!endpoint) return {};
  const { host, port, url, via } = endpoint;
  const served = destination(view, name)?.service;
  const resolved = endpoint.resolvesTo
    .map((one) => addressOf(view, one))
    .map((one) => (/^[\d.]+$|:/.test(one) ? one : `the address of ${one}`));
  const servedBy = via
    ? aboutProxy(view, via)
    : served
      ? aboutService(view, served)
      : onHost(
          view,
          endpoint.resolvesTo.find((one) => one in view.topology.hosts),
        );
  const { onhost, servedthere = onhost, log, errorlog = log, reload, test, configword } = servedBy;
  const certfile = via ? certificateFile(view, via, name) : undefined;
  return {
    ...{ address: host, port, url, servername: host, service: served, proxy: via },
    ...{ servedthere, log: errorlog, reload, test, configword, certfile },
    wantedaddress: resolved.join(' or '),
  };
}

function aboutService(view: View, name: string): Found {
  const service = view.topology.services[name];
  if (!service) return {};
  const { unit, process, host, connectsTo } = service;
  const pattern = process === null ? null : shellWord(process);
  const { file } = factsOf(serviceRow(view, name, 'config'), 'config');
  return {
    ...{ unit, process, host, configfile: file, hasUnit: unit !== null },
    ...{ runs: passes(view, name, 'process'), unitIsUp: passes(view, name, 'systemd') },
    fileIsRight: passes(view, name, 'config'),
    observedtarget: connectsTo ? view.topology.endpoints[connectsTo]?.url : null,
    ...onHost(view, host),
    ...(unit ? { enable: `systemctl daemon-reload; systemctl enable --now ${unit}` } : {}),
    ...(unit ? { isup: `systemctl is-active ${unit}  → active` } : {}),
    ...(pattern === null
      ? {}
      : {
          ps: `pgrep -af ${pattern}`,
          pslong: `ps -o pid,lstart,args -p "$(pgrep -d, -f ${pattern})"`,
          pscount: `pgrep -cf ${pattern}`,
        }),
    ...handling(service, serviceRow(view, name, 'container')),
  };
}

const passes = (view: View, service: string, kind: string): boolean =>
  serviceRow(view, service, kind)?.status === 'pass';

function aboutProxy(view: View, name: string): Found {
  const proxy = view.topology.proxies[name];
  if (!proxy) return {};
  const { host, container } = proxy;
  const inside = container ? `docker exec ${container} ` : '';
  const { main, files } = factsOf(configurationRow(view, name), 'nginx');
  const configfile = files?.find(({ file }) => file === main)?.hostFile ?? main;
  return {
    ...{ host, kept: container ? 'container' : 'unit', configfile },
    ...(configfile ? { configword: shellWord(configfile) } : {}),
    ...onHost(view, host),
    ...handling({ ...proxy, unit: proxy.unit ?? 'nginx' }),
    errorlog: container ? `docker logs --tail 50 ${container}` : 'tail -n 50 /var/log/nginx/error.log',
    test: `${inside}nginx -t`,
    reload: `${inside}nginx -s reload`,
  };
}

/** Of a proxy's fault that is about one endpoint: what that is. */
function through(view: View, candidate: Candidate): Found {
  const [only, ...others] = endpointsThrough(view, candidate);
  const endpoint = only && others.length === 0 ? view.topology.endpoints[only] : undefined;
  if (!only || !endpoint) return {};
  return { address: endpoint.host, service: destination(view, only)?.service, ...urlValues(endpoint.url) };
}

/** What keeps it running; a report of an older version does not say. */
type Kept = { readonly unit?: string | null | undefined; readonly container?: string | null | undefined };

/**
 * How a person looks at a service or proxy, starts it and stops it. In a container its ports are not the host's: there
 * the engine's own proxy listens, and takes connections whatever is behind it.
 */
function handling({ unit, container }: Kept, seen?: Result): Found {
  const verbs = (words: (verb: string) => string) => ({
    ...{ start: words('start'), stop: words('stop'), restart: words('restart') },
  });
  if (!container) {
    if (!unit) return {};
    return { log: `journalctl -u ${unit} -n 50`, ...verbs((verb) => `systemctl ${verb} ${unit}`) };
  }
  const { engine } = factsOf(seen, 'container').container ?? { engine: 'docker' };
  return {
    ...{ container, engine },
    log: `${engine} logs --tail 50 ${container}`,
    ...verbs((verb) => `${engine} ${verb} ${container}`),
    inside: `nsenter -t $(${engine} inspect -f '{{.State.Pid}}' ${container}) -n `,
  };
}

/** How a person gets onto a host, and what lines say that are for it; nothing on the machine that doctor runs on. */
function onHost(view: View, host: string | undefined): Found {
  const declared = host === undefined ? undefined : view.topology.hosts[host];
  if (!declared || declared.local) return {};
  const { login } = factsOf(
    view.results.find(({ id }) => id === `host.${host}.ssh`),
    'ssh',
  );
  const place = login ? `${declared.address ?? host}:${login.port}` : undefined;
  const { sshtarget } = wayInto(declared.address ?? String(host), { place, user: login?.user });
  const onhost = declared.wayIn ? `# on ${host}: ssh ${sshtarget}` : `# on ${host}`;
  return { onhost, servedthere: onhost, on: ` (on ${host})` };
}

/** Where it is seen from other places than this machine alone, one looks again from there. */
function seenFrom(view: View, vantages: readonly string[]): Found {
  const [first] = vantages;
  if (first === undefined || vantages.includes('local')) return {};
  return { seenfrom: onHost(view, first).onhost, from: ` (on ${first})` };
}

const addressOf = (view: View, name: string): string => view.topology.hosts[name]?.address ?? name;

/** On the disk, of the server that takes the endpoint's requests. */
function certificateFile(view: View, proxy: string, endpoint: string): string | undefined {
  const [first] = factsOf(routeRow(view, proxy, endpoint), 'nginx').certificates ?? [];
  return first && shellWord(first.hostFile);
}
